import type { Clock } from '../core/clock.ts'
import type { Alert } from '../core/hub-event-types.ts'
import type { Log } from '../core/log.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import type { Journal, SourceRow } from '../journal/index.ts'
import type { ResyncMode } from './open-listing.ts'
import type { IsDue, Resync } from './resync.ts'

export type ResyncSchedule = {
  /** Begins what is due and returns at once. */
  consider(row: SourceRow, signal: AbortSignal): void
  listAlerts(row: SourceRow): Alert[]
  /** Does what is due until the signal is aborted, and tells what is overdue then. It never rejects. */
  runSlice(row: SourceRow, signal: AbortSignal): Promise<Alert[]>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** A source that was not resynced for so many intervals is alerted. */
const overdueIntervals = 3

/**
 * Decides when to resync: at every interval, and a comparison with the full list once a day. What the database says of
 * the last one decides, so that several hubs do it once. A process that lives also resyncs at its start, whatever the
 * reason it was away for and however short. A slice has no start: there, the database decides alone.
 *
 * When a listing that failed may be tried again is known to this process alone: the next slice tries at once, and slices
 * begin a minute apart.
 *
 * A source that no hub has ever looked after begins here and now: people who left before it was connected surprise no
 * operator. `--full` brings them in, when an operator wants it.
 */
export function makeResyncSchedule(needs: {
  journal: Pick<Journal, 'records'>
  resync: Resync
  /** Sources whose authority can list its people. */
  able: readonly string[]
  timing: UpkeepTiming
  clock: Clock
  log: Log
}): ResyncSchedule {
  const { timing, clock, able, log, journal } = needs
  const running = new Map<string, Promise<void>>()
  const notBefore = new Map<string, number>()
  /** The database's time of the first look, and when a hub was alive last before it. */
  const first = new Map<string, SourceRow>()
  const runDue = makeRunDue(needs)

  const firstLookAt = (row: SourceRow) => {
    const known = first.get(row.id)
    if (known) return known
    first.set(row.id, row)
    return row
  }

  const begin = (row: SourceRow, signal: AbortSignal) => {
    const { now: startedAt, aliveAt } = firstLookAt(row)
    const work = runDue(row, { signal, startedAt, aliveAt })
      .catch((err) => {
        if (signal.aborted) return
        notBefore.set(row.id, clock.now().getTime() + timing.retrySeconds * 1000)
        log.error({ source: row.id, err }, failed)
      })
      .finally(() => running.delete(row.id))
    running.set(row.id, work)
  }

  const alertOverdue = ({ id, now, resyncedTo }: SourceRow, times: readonly (string | null)[]): Alert[] => {
    const last =
      times
        .map((time) => time ?? '')
        .sort()
        .at(-1) || now
    if (secondsBetween(last, now) < overdueIntervals * timing.resyncEverySeconds) return []
    return [{ type: 'hub.alert.resync_overdue', about: id, facts: { resyncedTo } }]
  }

  return {
    consider(row, signal) {
      firstLookAt(row)
      if (!able.includes(row.id) || running.has(row.id) || signal.aborted) return
      if ((notBefore.get(row.id) ?? 0) > clock.now().getTime()) return
      begin(row, signal)
    },
    listAlerts(row) {
      return able.includes(row.id) ? alertOverdue(row, [row.resyncedTo, firstLookAt(row).now]) : []
    },
    async runSlice(row, signal) {
      if (!able.includes(row.id) || signal.aborted) return []
      await runDue(row, { signal, startedAt: null, aliveAt: row.aliveAt }).catch((err) => {
        if (!signal.aborted) log.error({ source: row.id, err }, failed)
      })
      const [after = row] = await journal.records.readSources([row.id])
      // Who was away for days is not late before it has tried for a while.
      return alertOverdue(after, [after.resyncedTo, after.listingSince ?? after.knownSince])
    },
    async idle() {
      await Promise.all(running.values())
    },
  }
}

const failed = 'A resync failed: nothing is lost, it begins again later'

type Look = {
  signal: AbortSignal
  /** When this process began, by the database's clock: it resyncs at its start. Null: it has a slice of time alone. */
  startedAt: string | null
  /** When a hub was alive last, before that. */
  aliveAt: string | null
}

type Due = { mode: ResyncMode; signal: AbortSignal; isDue: IsDue }

type RunDue = (row: SourceRow, look: Look) => Promise<void>

function makeRunDue({
  journal,
  resync,
  timing,
  log,
}: {
  journal: Pick<Journal, 'records'>
  resync: Resync
  timing: UpkeepTiming
  log: Log
}): RunDue {
  /** Hubs look at the same moment: a hub that comes second to the lease finds that nothing is due any more. */
  const runIfDue = async (row: SourceRow, { mode, signal, isDue }: Due) => {
    const source = row.id
    if (!isDue(row)) return
    const result = await resync({ source, mode, signal, isDue })
    if (!result) return
    const { listed, queued, since } = result
    const sentence = mode.kind === 'compare' ? 'Compared everybody known with the full list' : 'Resynced who changed'
    log[queued > 0 ? 'info' : 'debug']({ source, since, listed, queued }, sentence)
  }

  /** Notes that all before now is covered, without listing a person. */
  const beginHere = async (id: string) => {
    const begun = await journal.records.beginResync({ id, leaseSeconds: timing.leaseSeconds })
    if (!begun) return
    const covered = begun.resyncedTo === null ? { from: null, to: begun.startedAt } : null
    await journal.records.endResync({ ...begun, covered, comparedAt: begun.startedAt, fullLook: null })
    const fix = `npm run hub -- ${id} resync --full`
    log.info({ source: id, fix }, 'First start: what changes from now on is looked after, who left before is not')
  }

  return async (row, { signal, startedAt, aliveAt }) => {
    if (row.resyncedTo === null && aliveAt === null) return beginHere(row.id)
    const isBehind: IsDue = ({ resyncedTo, now }) =>
      resyncedTo === null ||
      (startedAt !== null && resyncedTo < startedAt) ||
      secondsBetween(resyncedTo, now) >= timing.resyncEverySeconds
    const isUncompared: IsDue = ({ comparedAt, now }) =>
      comparedAt === null || secondsBetween(comparedAt, now) >= timing.compareEverySeconds
    await runIfDue(row, { mode: { kind: 'changed', since: null, fallback: aliveAt }, signal, isDue: isBehind })
    await runIfDue(row, { mode: { kind: 'compare' }, signal, isDue: isUncompared })
  }
}

function secondsBetween(earlier: string, later: string): number {
  return (Date.parse(later) - Date.parse(earlier)) / 1000
}

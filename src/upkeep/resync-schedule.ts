import type { Clock } from '../core/clock.ts'
import type { Alert } from '../core/hub-event-types.ts'
import type { Log } from '../core/log.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import type { Journal, SourceRow } from '../journal/index.ts'
import type { Resync, ResyncMode } from './resync.ts'

export type ResyncSchedule = {
  /** Begins what is due and returns at once. */
  consider(row: SourceRow, signal: AbortSignal): void
  listAlerts(row: SourceRow): Alert[]
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** A source that was not resynced for so many intervals is alerted. */
const overdueIntervals = 3

/**
 * Decides when to resync: at the start of this process, whatever the reason it was away for and however short, then at
 * every interval, and a comparison with the full list once a day. What the database says of the last one decides, so that
 * several hubs do it once.
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
  const { timing, clock, able, log } = needs
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
    const work = runDue(row, { signal, firstLook: firstLookAt(row) })
      .catch((err) => {
        if (signal.aborted) return
        notBefore.set(row.id, clock.now().getTime() + timing.retrySeconds * 1000)
        log.error({ source: row.id, err }, 'A resync failed: nothing is lost, it begins again later')
      })
      .finally(() => running.delete(row.id))
    running.set(row.id, work)
  }

  return {
    consider(row, signal) {
      firstLookAt(row)
      if (!able.includes(row.id) || running.has(row.id) || signal.aborted) return
      if ((notBefore.get(row.id) ?? 0) > clock.now().getTime()) return
      begin(row, signal)
    },
    listAlerts(row) {
      const { now, resyncedTo } = row
      if (!able.includes(row.id)) return []
      const last = [resyncedTo ?? '', firstLookAt(row).now].sort().at(-1) ?? now
      if (secondsBetween(last, now) < overdueIntervals * timing.resyncEverySeconds) return []
      return [{ type: 'hub.alert.resync_overdue', about: row.id, facts: { resyncedTo } }]
    },
    async idle() {
      await Promise.all(running.values())
    },
  }
}

type RunDue = (row: SourceRow, look: { signal: AbortSignal; firstLook: SourceRow }) => Promise<void>

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
  const run = async (source: string, { mode, signal }: { mode: ResyncMode; signal: AbortSignal }) => {
    const result = await resync({ source, mode, signal })
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

  return async ({ id, now, resyncedTo, comparedAt }, { signal, firstLook }) => {
    if (resyncedTo === null && firstLook.aliveAt === null) return beginHere(id)
    const isDue =
      resyncedTo === null || resyncedTo < firstLook.now || secondsBetween(resyncedTo, now) >= timing.resyncEverySeconds
    if (isDue) await run(id, { mode: { kind: 'changed', since: null, fallback: firstLook.aliveAt }, signal })
    if (comparedAt === null || secondsBetween(comparedAt, now) >= timing.compareEverySeconds) {
      await run(id, { mode: { kind: 'compare' }, signal })
    }
  }
}

function secondsBetween(earlier: string, later: string): number {
  return (Date.parse(later) - Date.parse(earlier)) / 1000
}

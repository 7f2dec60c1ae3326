import type { Clock } from '../core/clock.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import type { Alert } from '../events/alert.ts'
import type { SourceRow } from '../journal/index.ts'

/** What the door tells of each call. Both return at once: nobody who knocks waits for them. */
export type DoorWatch = {
  /** Somebody came with a right secret. */
  heard(source: string): void
  /** Somebody came without one. */
  refused(source: string): void
}

export type SourceWatch = DoorWatch & {
  /** Since when nothing was heard in this process, in seconds; null: nothing at all. */
  heardSecondsAgo(source: string): number | null
  /** What there is to tell of a source, as this process and the journal see it. */
  alerts(row: SourceRow): Alert[]
}

export type SourceWatchParts = { clock: Clock; refusals: UpkeepTiming['refusals']; silenceHours: number }

/** Watches who knocks: too many wrong secrets, or nobody at all for too long. Counted in this process alone. */
export function makeSourceWatch({ clock, refusals, silenceHours }: SourceWatchParts): SourceWatch {
  const heardAt = new Map<string, number>()
  const refusedAt = new Map<string, number[]>()
  const nowMs = () => clock.now().getTime()

  const tooManyRefused = (source: string): Alert[] => {
    const times = (refusedAt.get(source) ?? []).filter((time) => time > nowMs() - refusals.withinSeconds * 1000)
    if (times.length < refusals.count) return []
    const facts = { refused: times.length, withinSeconds: refusals.withinSeconds }
    return [{ type: 'hub.alert.refused_secrets', about: source, facts }]
  }

  const silent = ({ id, heardAt: heard, knownSince, now }: SourceRow): Alert[] => {
    if (silenceHours === 0) return []
    const since = heard ?? knownSince
    const hours = (Date.parse(now) - Date.parse(since)) / 3_600_000
    if (hours < silenceHours) return []
    return [{ type: 'hub.alert.silent_source', about: id, facts: { since, hours: Math.floor(hours) } }]
  }

  return {
    heard: (source) => void heardAt.set(source, nowMs()),
    refused(source) {
      // The newest ones are enough to know the rate by: a flood must not fill the memory.
      const times = refusedAt.get(source) ?? []
      refusedAt.set(source, [...times.slice(1 - refusals.count), nowMs()])
    },
    heardSecondsAgo(source) {
      const time = heardAt.get(source)
      return time === undefined ? null : Math.max((nowMs() - time) / 1000, 0)
    },
    alerts: (row) => [...tooManyRefused(row.id), ...silent(row)],
  }
}

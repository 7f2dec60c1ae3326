import type { Clock } from '../core/clock.ts'
import type { Alert } from '../core/hub-event-types.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import type { SourceRow } from '../journal/index.ts'

/** What the HTTP surface notes of each call. Both return at once: no caller waits for them. */
export type DoorWatch = {
  /** A call had a right secret. */
  heard(source: string): void
  /** A call had none. */
  refused(source: string): void
}

export type SourceWatch = DoorWatch & {
  /** Since when nothing was heard in this process, in seconds; null: nothing at all. */
  heardSecondsAgo(source: string): number | null
  /** The sources that were heard in this process. */
  listHeard(): string[]
  /** What there is to tell of a source, as this process and the journal see it. */
  listAlerts(row: SourceRow): Alert[]
}

/**
 * Watches the senders' calls: too many with a wrong secret, or none at all for too long. When a sender was heard gets into
 * the journal, by the heartbeat or by `noteHeard`. Refusals are counted in this process alone, and are lost with it: a
 * caller without a secret makes nobody write. Where no process lives on they are not alerted; the silence of a sender
 * with a wrong secret is.
 */
export function makeSourceWatch({
  clock,
  refusals,
  silenceHours,
}: {
  clock: Clock
  refusals: UpkeepTiming['refusals']
  silenceHours: number
}): SourceWatch {
  const heardAt = new Map<string, number>()
  const refusedAt = new Map<string, number[]>()
  const nowMs = () => clock.now().getTime()

  const alertRefusals = (source: string): Alert[] => {
    const times = (refusedAt.get(source) ?? []).filter((time) => time > nowMs() - refusals.withinSeconds * 1000)
    if (times.length < refusals.count) return []
    const facts = { refused: times.length, withinSeconds: refusals.withinSeconds }
    return [{ type: 'hub.alert.refused_secrets', about: source, facts }]
  }

  const alertSilence = ({ id, heardAt: heard, knownSince, now }: SourceRow): Alert[] => {
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
    listHeard: () => [...heardAt.keys()],
    listAlerts: (row) => [...alertRefusals(row.id), ...alertSilence(row)],
  }
}

import type { Installed } from '../host/installed.ts'
import type { Journal, OpenAlert, ResyncState, SourceRow } from '../journal/index.ts'

/** A source as operators see it: when it was heard, what rings about it, and how its resync stands. */
export type ShownSource = Pick<SourceRow, 'id' | 'knownSince' | 'aliveAt' | 'heardAt'> & {
  /** For so long no call of its sender with a right secret came. */
  silentSeconds: number
  /** What rings about it now: refused secrets, silence, a resync that is overdue. */
  alerts: Pick<OpenAlert, 'type' | 'event' | 'openedAt'>[]
  resync: Pick<SourceRow, 'comparedAt' | 'fullLookAt' | 'fullAppliedAt'> &
    Pick<ResyncState, 'isRunning' | 'listings'> & {
      /** Its authority can list people. */
      isPossible: boolean
      /** Up to this time every change was queued. */
      reachedTo: string | null
      /** When the hub does the next one by itself; null: it does not, or at once. */
      dueAt: string | null
    }
}

/** Lists every source that a hub has looked after. Times are the database's own. */
export async function listSources(
  { journal, installed }: { journal: Pick<Journal, 'records'>; installed: readonly Installed[] },
  { everySeconds }: { everySeconds: number | null },
): Promise<ShownSource[]> {
  const { records } = journal
  const rows = await records.readAllSources()
  const resyncs = new Map((await records.readResyncs()).map((state) => [state.id, state]))
  const alerts = await records.listOpenAlerts()
  return rows.map(({ id, knownSince, aliveAt, heardAt, now, resyncedTo, comparedAt, fullLookAt, fullAppliedAt }) => {
    const { isRunning = false, listings = [] } = resyncs.get(id) ?? {}
    const isPossible = installed.some((one) => one.id === id && one.connector.list !== undefined)
    const isDone = isPossible && everySeconds !== null && resyncedTo !== null
    const dueAt = isDone ? new Date(Date.parse(resyncedTo) + everySeconds * 1000).toISOString() : null
    return {
      ...{ id, knownSince, aliveAt, heardAt },
      silentSeconds: (Date.parse(now) - Date.parse(heardAt ?? knownSince)) / 1000,
      alerts: alerts
        .filter(({ about }) => about === id)
        .map(({ type, event, openedAt }) => ({ type, event, openedAt })),
      resync: { isPossible, reachedTo: resyncedTo, comparedAt, fullLookAt, fullAppliedAt, isRunning, listings, dueAt },
    }
  })
}

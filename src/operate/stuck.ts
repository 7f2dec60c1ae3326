import { defaultSchedule } from '../core/schedule.ts'
import type { ConnectorState, DeliveryFilter, DeliveryRow, Journal, StuckLimits } from '../journal/index.ts'
import { findKnownPeople, makeUnknownPersonError } from './one-person.ts'

export const stuckLimits: StuckLimits = {
  afterSeconds: defaultSchedule.stuckAfterSeconds,
  afterAttempts: defaultSchedule.waitsSeconds.length,
}

export type Stuck = {
  rows: DeliveryRow[]
  paused: ConnectorState[]
  /** How long the oldest lockout or revoke is open, stuck or not; 0: none is. */
  oldestDenialSeconds: number
}

/** Lists deliveries that an operator should look at, and what is paused. */
export async function findStuck(journal: Pick<Journal, 'queue' | 'records'>, filter: DeliveryFilter): Promise<Stuck> {
  return {
    rows: await journal.records.listDeliveries({ ...filter, stuck: stuckLimits }),
    paused: await listPaused(journal),
    oldestDenialSeconds: await journal.records.measureOldestDenial(),
  }
}

/** The connectors and authorities whose credential was refused, so that their work waits. */
export async function listPaused(journal: Pick<Journal, 'queue'>): Promise<ConnectorState[]> {
  return (await journal.queue.listConnectorStates()).filter(({ pausedSince }) => pausedSince !== null)
}

/** Lists what is stuck of those known by an e-mail, a login or an id, or asked for under that e-mail; absent: of all. */
export async function findStuckOf(
  journal: Pick<Journal, 'queue' | 'records'>,
  { filter, who }: { filter: DeliveryFilter; who: string | undefined },
): Promise<Stuck> {
  if (who === undefined) return findStuck(journal, filter)
  const people = await findKnownPeople(journal, who)
  const asked = await findStuck(journal, { ...filter, email: who })
  const theirs = await Promise.all(people.map(({ id }) => findStuck(journal, { ...filter, person: id })))
  if (people.length + asked.rows.length === 0) throw makeUnknownPersonError(who)
  const rows = [asked, ...theirs].flatMap((one) => one.rows)
  const unique = [...new Map(rows.map((row) => [row.id, row])).values()]
  return { ...asked, rows: unique.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, filter.limit) }
}

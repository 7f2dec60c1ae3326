import { defaultSchedule } from '../../core/schedule.ts'
import type { ConnectorState, DeliveryFilter, DeliveryRow, Journal } from '../../journal/index.ts'

export type Stuck = { rows: DeliveryRow[]; paused: ConnectorState[] }

/**
 * Work that does not get on by itself: tried more often than the schedule has waits, or waiting for a connector or an
 * authority that is paused. The latter uses up no attempts, so counting these alone would miss it.
 */
export async function findStuck(journal: Journal, filter: DeliveryFilter): Promise<Stuck> {
  const rows = await journal.records.listDeliveries({
    ...filter,
    stuckAfterAttempts: defaultSchedule.waitsSeconds.length,
  })
  return { rows, paused: (await journal.queue.connectorStates()).filter(({ pausedSince }) => pausedSince !== null) }
}

/** One line on a paused connector: what, since when, why, and how it goes on. */
export function pausedLine({ id, reason }: ConnectorState, since: string): string {
  return `${id} is paused since ${since}: ${reason ?? 'no reason noted'}. Its work waits and is not used up.`
}

import { defaultSchedule } from '../core/schedule.ts'
import type { DeliveryRow } from '../journal/deliveries.ts'
import type { Journal } from '../journal/journal.ts'
import type { ConnectorState } from '../journal/pause.ts'

export type Stuck = { rows: DeliveryRow[]; paused: ConnectorState[] }

/**
 * Work that does not get on by itself: tried more often than the schedule has waits, or waiting for a connector or an
 * authority that is paused. The latter uses up no attempts, so counting these alone would miss it.
 */
export async function findStuck(journal: Journal, { limit }: { limit: number }): Promise<Stuck> {
  const stuckAfterAttempts = defaultSchedule.waitsSeconds.length
  const tried = await journal.listDeliveries({ stuckAfterAttempts, limit })
  const paused = (await journal.connectorStates()).filter(({ pausedSince }) => pausedSince !== null)
  if (paused.length === 0) return { rows: tried, paused }
  const ids = new Set(paused.map(({ id }) => id))
  const pending = await journal.listDeliveries({ status: 'pending', limit: Math.max(limit, 1000) })
  const waiting = pending.filter(
    ({ connector, source, nextAttemptAt }) => nextAttemptAt !== null && (ids.has(connector) || ids.has(source)),
  )
  const rows = [...new Map([...tried, ...waiting].map((row) => [row.id, row])).values()]
  return { rows: rows.slice(0, limit), paused }
}

/** One line on a paused connector: what, since when, why, and how it goes on. */
export function pausedLine({ id, reason }: ConnectorState, since: string): string {
  return `${id} is paused since ${since}: ${reason ?? 'no reason noted'}. Its work waits and is not used up.`
}

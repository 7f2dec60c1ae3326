import { defaultSchedule } from '../core/schedule.ts'
import type { ConnectorState, DeliveryFilter, DeliveryRow, Journal, StuckLimits } from '../journal/index.ts'

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

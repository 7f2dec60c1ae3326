import type { PlannedRow, RowCode } from '../../core/batch.ts'
import { ownConnector } from '../../core/lane.ts'
import type { Replayable } from '../../journal/index.ts'
import { workSideBySide } from '../work-side-by-side.ts'
import { cannotTell, listPausedIds, makePlan, makePlanAt, type PlanNeeds } from './plan-at.ts'

/** Plans what a replay of these deliveries would do, by their ids. Reads, and writes nothing. */
export type PlanDeliveries = (ids: readonly string[], signal: AbortSignal) => Promise<Map<string, PlannedRow>>

/** Plans that are made at a time: lockouts have the rest of what a vendor bears. */
export const plansAtOnce = 4

/**
 * Makes the planning of replays. What is compared is planned by the connector itself, once for each person there, as a run
 * would plan it now; what has no plan says why.
 */
export function makePlanDeliveries(needs: PlanNeeds): PlanDeliveries {
  const { journal } = needs
  const planAt = makePlanAt(needs)
  return async (ids, signal) => {
    const found = await journal.batches.readReplayable(ids)
    const planned = new Map<string, PlannedRow>(ids.map((id) => [id, leaveAlone('unknown_delivery')]))
    const lanes = new Map<string, Replayable[]>()
    for (const delivery of found) {
      const known = planUnread(delivery)
      if (known) planned.set(delivery.id, known)
      else lanes.set(delivery.lane, [...(lanes.get(delivery.lane) ?? []), delivery])
    }
    const rows = await journal.records.readKnownPeople([...new Set(found.flatMap(({ person }) => person ?? []))])
    const people = new Map(rows.map((one) => [one.id, one]))
    const paused = await listPausedIds(journal)
    await workSideBySide([...lanes.values()], plansAtOnce, async (deliveries) => {
      const newest = deliveries.reduce((best, one) => (one.id > best.id ? one : best))
      const person = people.get(newest.person ?? '')
      const cause = { eventId: newest.eventId, type: newest.eventType, time: newest.eventTime }
      const question = { connector: newest.connector, cause, idempotencyKey: newest.id, signal, paused }
      const plan = person ? await planAt({ ...question, person }) : cannotTell('not_configured')
      for (const { id } of deliveries) planned.set(id, plan)
    })
    return planned
  }
}

/** The plan of what need not be read, or cannot be; null: the person is read and compared. */
function planUnread({ kind, connector, mayRun, trial }: Replayable): PlannedRow | null {
  if (trial) return leaveAlone('trial')
  if (kind === 'provision') return leaveAlone('grant')
  if (!mayRun) return leaveAlone('overtaken')
  if (kind === 'validate' || kind === 'preapprove') return makePlan({ plan: 'nothing', code: 'question' })
  if (kind === 'on') return cannotTell('handler')
  if (connector === ownConnector) return makePlan({ plan: 'nothing', code: 'own_read' })
  return kind === 'sync' ? null : cannotTell('revoke')
}

function leaveAlone(code: RowCode): PlannedRow {
  return makePlan({ plan: 'superseded', code })
}

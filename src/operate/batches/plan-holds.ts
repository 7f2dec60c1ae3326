import type { PlannedRow } from '../../core/batch.ts'
import type { HeldDirection } from '../../core/change.ts'
import type { KnownPerson } from '../../journal/index.ts'
import { workSideBySide } from '../work-side-by-side.ts'
import { listPausedIds, makePlan, makePlanAt, type PlanNeeds } from './plan-at.ts'
import { plansAtOnce } from './plan-deliveries.ts'

type HeldQuestion = { people: readonly string[]; direction: HeldDirection; signal: AbortSignal }

/**
 * Plans what a release of these people would do, which is also what a cancel keeps from being done. Reads, and writes
 * nothing.
 */
export type PlanHolds = (question: HeldQuestion) => Promise<Map<string, PlannedRow>>

/** Makes the planning of held people: at each connector at which they are held, together. */
export function makePlanHolds(needs: PlanNeeds): PlanHolds {
  const { journal } = needs
  const planAt = makePlanAt(needs)
  return async ({ people: ids, direction, signal }) => {
    const planned = new Map(ids.map((id) => [id, makePlan({ plan: 'superseded', code: 'not_held' })]))
    const paused = await listPausedIds(journal)
    const planOne = async (person: KnownPerson) => {
      const held = person.stopped.filter((one) => one.kind === 'held' && one.direction === direction)
      const cause = { eventId: 'plan', type: 'hub.plan', time: new Date(0).toISOString() }
      const question = { person, cause, idempotencyKey: `plan-${person.id}`, signal, paused }
      const plans: PlannedRow[] = []
      for (const { connector } of held) plans.push(await planAt({ ...question, connector }))
      const plan = mergePlans(plans)
      if (plan) planned.set(person.id, plan)
    }
    await workSideBySide(await journal.records.readKnownPeople(ids), plansAtOnce, planOne)
    return planned
  }
}

/** One plan of several connectors': what cannot be told at one cannot be told of the person. Null: there is none. */
export function mergePlans(plans: readonly PlannedRow[]): PlannedRow | null {
  const [first] = plans
  const unsure = plans.find(({ plan }) => plan === 'cannot_tell')
  const changes = plans.flatMap((one) => one.changes)
  if (!first || unsure) return unsure ?? null
  return changes.length > 0 ? makePlan({ plan: 'would_change', changes }) : first
}

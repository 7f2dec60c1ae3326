import type { PlannedRow } from '../../core/batch.ts'
import { makeResyncEvent } from '../../events/resync-event.ts'
import { actsFor } from '../../host/acts-for.ts'
import { revokesOnDeny } from '../../host/installed.ts'
import type { KnownPerson, RowToWrite } from '../../journal/index.ts'
import { workSideBySide } from '../work-side-by-side.ts'
import { cannotTell, listPausedIds, makePlan, makePlanAt, type PlanNeeds } from './plan-at.ts'
import { plansAtOnce } from './plan-deliveries.ts'
import { mergePlans } from './plan-holds.ts'
import type { PlanRows } from './plan-rows.ts'

/** Makes the planning of the end of observing: what runs would write for these people now, at every connector. */
export function makePlanEnforcing(needs: PlanNeeds): PlanRows {
  const { journal, installed, clock, mode = 'enforce' } = needs
  const planAt = makePlanAt(needs)
  const listTargets = ({ source }: KnownPerson) =>
    installed.filter((one) => (one.connector.sync || revokesOnDeny(one)) && actsFor(one, source))

  const planOne = async (person: KnownPerson, rest: { signal: AbortSignal; paused: ReadonlySet<string> }) => {
    if (mode !== 'staged') return cannotTell('not_staged')
    if (person.enforced) return makePlan({ plan: 'superseded', code: 'enforced_already' })
    const cause = { eventId: 'plan', type: 'hub.plan', time: new Date(0).toISOString() }
    const question = { ...rest, person, cause, idempotencyKey: `plan-${person.id}` }
    const plans: PlannedRow[] = []
    for (const { id } of listTargets(person)) plans.push(await planAt({ ...question, connector: id }))
    return mergePlans(plans) ?? makePlan({ plan: 'nothing' })
  }

  return async (rows, { signal }) => {
    const planned: RowToWrite[] = []
    const people = new Map(
      (await journal.records.readKnownPeople(rows.map(({ subject }) => subject))).map((one) => [one.id, one]),
    )
    const paused = await listPausedIds(journal)
    await workSideBySide(rows, plansAtOnce, async ({ ordinal, subject }) => {
      const person = people.get(subject)
      if (!person) return void planned.push({ ordinal, ...makePlan({ plan: 'superseded', code: 'unknown_person' }) })
      const event = makeResyncEvent(person, { reason: 'observing has ended' }, { installed, clock })
      planned.push({ ordinal, ...(await planOne(person, { signal, paused })), event })
    })
    return planned
  }
}

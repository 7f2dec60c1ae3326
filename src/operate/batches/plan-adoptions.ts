import type { PlannedChange, PlannedRow } from '../../core/batch.ts'
import { makeResyncEvent } from '../../events/resync-event.ts'
import type { KnownPerson, OpenRow, RowToWrite } from '../../journal/index.ts'
import { workSideBySide } from '../work-side-by-side.ts'
import { cannotTell, listPausedIds, makePlan, makePlanAt, type PlanNeeds } from './plan-at.ts'
import { plansAtOnce } from './plan-deliveries.ts'
import type { PlanRows } from './plan-rows.ts'

type Adoption = { person: KnownPerson; connector: string; target: string }

/**
 * Makes the planning of adoptions: whose the user would be, and what the run that follows would change of them then, by the
 * connector's own plan for a person who has that user.
 */
export function makePlanAdoptions(needs: PlanNeeds): PlanRows {
  const { journal, installed, clock } = needs
  const planAt = makePlanAt(needs)

  const isOpen = async ({ person, connector, target }: Adoption) =>
    (await journal.records.listOpenConflicts(person.id)).some(
      (conflict) => conflict.connector === connector && conflict.target === target,
    )

  const planOne = async (adoption: Adoption, rest: { signal: AbortSignal; paused: ReadonlySet<string> }) => {
    if (!(await isOpen(adoption))) return makePlan({ plan: 'superseded', code: 'not_in_conflict' })
    const { person, connector, target } = adoption
    const cause = { eventId: 'plan', type: 'hub.plan', time: new Date(0).toISOString() }
    const idempotencyKey = `plan-${person.id}-${target}`
    const plan = await planAt({ ...rest, person: assumeAdopted(adoption), connector, cause, idempotencyKey })
    if (plan.plan === 'cannot_tell') return plan
    const following = plan.changes.filter((change) => change.target === target)
    return makePlan({ plan: 'would_change', changes: [toChange(adoption), ...following] })
  }

  return async (rows, { signal }) => {
    const planned: RowToWrite[] = []
    const ids = [...new Set(rows.map(({ subject }) => subject))]
    const people = new Map((await journal.records.readKnownPeople(ids)).map((one) => [one.id, one]))
    const paused = await listPausedIds(journal)
    const owners = countOwners(rows)
    await workSideBySide(rows, plansAtOnce, async ({ ordinal, subject, lane, connector, target }) => {
      const person = people.get(subject)
      const put = (plan: PlannedRow) => void planned.push({ ordinal, ...plan })
      if (!person || connector === null || target === null)
        return put(makePlan({ plan: 'superseded', code: 'unknown_person' }))
      if ((owners.get(lane)?.size ?? 0) > 1) return put(cannotTell('several_owners'))
      const plan = await planOne({ person, connector, target }, { signal, paused })
      const event = makeResyncEvent(person, { reason: 'a user of theirs was adopted' }, { installed, clock })
      planned.push({ ordinal, ...plan, event })
    })
    return planned
  }
}

/** The people of whom the set says that a user is theirs, by the lane of that user. */
function countOwners(rows: readonly OpenRow[]): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>()
  for (const { lane, subject } of rows) owners.set(lane, (owners.get(lane) ?? new Set()).add(subject))
  return owners
}

/** The person as the journal would know them after the adoption. */
function assumeAdopted({ person, connector, target }: Adoption): KnownPerson {
  const seen = (['adopted', 'link'] as const).map((kind) => ({ kind, connector, value: target }))
  return { ...person, sightings: [...seen, ...person.sightings] }
}

function toChange({ person, connector, target }: Adoption): PlannedChange {
  return {
    ...{ connector, target, action: 'adopt', direction: 'neutral' },
    summary: `Take ${target} for the user of ${person.source} ${person.authorityId}`,
    before: { adoptedFor: null },
    after: { adoptedFor: person.authorityId },
  }
}

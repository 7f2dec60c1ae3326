import type { Change, Plan } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { HandlerFaultError } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import { actsFor } from '../../host/acts-for.ts'
import { type ContextOf, makeSyncContext } from '../../host/context.ts'
import { type Installed, withClient } from '../../host/installed.ts'
import { makePerson, type ReadPerson } from '../../host/person.ts'
import type { Journal } from '../../journal/index.ts'
import { listEndsOfGrants } from '../access/end-grant.ts'

/** Whose state is compared, with what the authority says, and what gave rise to it. */
export type Subject = ReadPerson & {
  cause: { eventId: string; type: string; time: string }
  attempt: number
  idempotencyKey: string
}

/** Where a person's state is brought to, and who knows it. */
type Place = { installed: Installed; authority: Installed; signal: AbortSignal }

/** `targets`: look at these users alone; `look`: how a verification looks at a person whose work was done. */
export type PlanScope = { targets?: readonly string[] | undefined; look?: 'ids' | 'search' | undefined }

/** Plans what the connector would change for a person. */
export type PlanPerson = (subject: Subject, place: Place, scope?: PlanScope) => Promise<Plan>

export type MakeContext = (subject: Subject, place: Place, client: unknown) => ContextOf<'plan'>

/** Planning reads, and writes nothing. `makeContext` makes what `plan` and `apply` of a connector are given. */
export function makePlanning({
  installed: all,
  journal,
  clock,
}: {
  installed: readonly Installed[]
  journal: Pick<Journal, 'records'>
  clock: Clock
}): { planPerson: PlanPerson; makeContext: MakeContext } {
  // Every authority of this hub: an e-mail may be another person's in another org.
  const authorities = all.filter(({ connector }) => connector.holders)
  const makeContext: MakeContext = ({ attempt, idempotencyKey, cause, ...read }, place, client) => {
    const { installed, signal } = place
    // Who has an e-mail in an org that this tenant has nothing to do with, is nobody's rival here.
    const asked = authorities.filter(({ id }) => actsFor(installed, id))
    const person = makePerson(read, { ...place, authorities: asked, journal, clock })
    return makeSyncContext({ installed, clock, signal, attempt, idempotencyKey, person, cause }, client)
  }

  const planPerson: PlanPerson = async (subject, place, { targets, look } = {}) => {
    const { sync } = place.installed.connector
    // Such a connector is looked at only for the grants that a denial ends, and for what is owed. Every plan goes through
    // here: of a hook, a resync, a replay, a release, a report.
    if (!sync || !actsFor(place.installed, place.authority.id)) return { changes: [] }
    const scope = { ...(targets ? { targets } : {}), ...(look ? { look } : {}) }
    return withClient(place.installed, async (client) =>
      readPlan(await sync.plan({ ...makeContext(subject, place, client), ...scope })),
    )
  }
  return { planPerson, makeContext }
}

/** A plan that is none must not be taken for one with nothing to write. */
function readPlan(plan: Plan): Plan {
  const said: unknown = plan
  if (isRecord(said) && Array.isArray(said.changes)) return plan
  throw new HandlerFaultError('The connector answered "plan" with no list of changes.')
}

/** Lists all that a run writes: what the plan says, what an earlier denial still owes, and the grants that a denial ends. */
export function listChanges(
  plan: Plan,
  { lane, installed, state }: { lane: ClaimedLane; installed: Installed; state: PersonState },
): Change[] {
  const owed = state.access === 'allow' ? [] : lane.owed
  return [...addOwed(plan.changes, owed), ...listEndsOfGrants(lane, { installed, state })]
}

/** Adds what earlier runs still owe, after this run's own changes; a debt that is planned again is not done twice. */
function addOwed(planned: readonly Change[], owed: readonly Change[]): Change[] {
  const sameAs = (a: Change) => (b: Change) => a.target === b.target && a.action === b.action
  const all = [...planned, ...owed.filter((debt) => !planned.some(sameAs(debt)))]
  return [...all.filter((change) => !change.owed), ...all.filter((change) => change.owed)]
}

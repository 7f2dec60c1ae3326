import {
  describeActor,
  type GivenByContext,
  isRecord,
  type Json,
  MissingRightError,
  readActor,
} from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'
import type { OktaConnection } from '../org/connection.ts'
import { type GrantTarget, parseGrantTargets } from './grant-targets.ts'

type Context = GivenByContext<Pick<OktaConnection, 'auditor'>, OktaConfig>

/** The event that tells of it, and the type of the party in it that is the group or the application (Okta docs: event types). */
const tellers = {
  group: { type: 'group.user_membership.add', party: 'UserGroup' },
  app: { type: 'application.user_membership.add', party: 'AppInstance' },
} as const

/**
 * Names the actor of the event that gave a person a group or an application: an administrator, or Okta itself for a group
 * rule. The event may have come by the hook; else the System Log has it, where the credential may read that.
 */
export async function tellGivenBy(context: Context): Promise<string | null> {
  const [target] = parseGrantTargets([context])
  if (!target) return null
  const teller = tellers[target.kind]
  const heard = context.events.flatMap(({ type, data }) => (type === teller.type ? [data] : []))
  return findActor(heard, { target, context }) ?? findActor(await readLog(target, context), { target, context })
}

/** Reads the System Log, the newest first (Okta docs: System Log query). Without the right to, it tells of nothing. */
async function readLog({ kind }: GrantTarget, { client, signal, person, since, now }: Context): Promise<Json[]> {
  const query = {
    since,
    until: now().toISOString(),
    filter: `eventType eq "${tellers[kind].type}" and target.id eq "${person.authorityId}"`,
    sortOrder: 'DESCENDING',
  }
  try {
    const answer = await client.auditor.get({ path: '/api/v1/logs', query, signal })
    return answer.ok && Array.isArray(answer.body) ? answer.body : []
  } catch (thrown) {
    if (thrown instanceof MissingRightError) return []
    throw thrown
  }
}

type Question = { target: GrantTarget; context: Pick<Context, 'person'> }

/** The targets of an event stand in no order: they are found by type and id. */
function findActor(events: readonly Json[], { target, context: { person } }: Question): string | null {
  const names = (event: Json, party: { type: string; id: string }) =>
    isRecord(event) &&
    Array.isArray(event.target) &&
    event.target.some((one) => isRecord(one) && one.type === party.type && one.id === party.id)
  const found = events.find(
    (event) =>
      names(event, { type: 'User', id: person.authorityId }) &&
      names(event, { type: tellers[target.kind].party, id: target.id }) &&
      !hasFailed(event),
  )
  const actor = isRecord(found) ? readActor(found.actor) : null
  return actor && describeActor(actor)
}

function hasFailed(event: Json): boolean {
  const result = isRecord(event) && isRecord(event.outcome) ? event.outcome.result : null
  return typeof result === 'string' && !['success', 'allow'].includes(result.toLowerCase())
}

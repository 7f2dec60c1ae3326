import { z } from 'zod'
import { errorMessage, MissingRightError, type ReadContext } from '../../../src/index.ts'
import type { OktaAnswer, OktaClient } from '../org/client.ts'
import type { OktaConfig } from '../org/config.ts'
import { isAbsent, toHubError } from '../org/errors.ts'
import { closedAppStatuses, findGroupIds } from '../org/person-lists.ts'

/**
 * Whether a person has an application or is in a group. `lost` is said only of one that can be seen itself, and is
 * active; else it is `unclear`, and says why.
 */
export type Membership = { id: string; seen: 'held' | 'lost' } | { id: string; seen: 'unclear'; why: string }

/** What sees groups and applications; without it, the client itself does. */
type Client = OktaClient & { viewer?: OktaClient }
type Context = Pick<ReadContext<Client, OktaConfig>, 'client' | 'config' | 'signal'> & { authorityId: string }

/** Reads the person's memberships of all applications and groups that the settings name. */
export async function readMemberships(context: Context): Promise<Membership[]> {
  const { OKTA_LEAVE_APPS, OKTA_LEAVE_GROUPS } = context.config
  const groups = OKTA_LEAVE_GROUPS.length > 0 ? await readGroups(context) : []
  return [...groups, ...(await Promise.all(OKTA_LEAVE_APPS.map((id) => readApp(id, context))))]
}

async function readGroups({ client, config, signal, authorityId }: Context): Promise<Membership[]> {
  const wanted = config.OKTA_LEAVE_GROUPS
  const found = await findGroupIds(wanted, { client, signal, userId: authorityId }).catch((thrown) => {
    if (thrown instanceof MissingRightError) return thrown
    throw thrown
  })
  if (found instanceof Error) return wanted.map((id) => ({ id, seen: 'unclear', why: errorMessage(found) }))
  return Promise.all(wanted.map((id) => (found.has(id) ? { id, seen: 'held' } : readGroup(id, { client, signal }))))
}

type Sight = Pick<Context, 'client' | 'signal'>

/** Okta leaves a group out of a list when the credential may not see it, and when it is gone. */
async function readGroup(id: string, { client, signal }: Sight): Promise<Membership> {
  const answer = await view(`/api/v1/groups/${id}`, { client, signal })
  if (answer instanceof Error) return { id, seen: 'unclear', why: errorMessage(answer) }
  return answer.ok ? { id, seen: 'lost' } : toUnclear(id, answer)
}

const appUser = z.object({ status: z.string() })
const app = z.object({ status: z.string() })

async function readApp(id: string, { client, signal, authorityId }: Context): Promise<Membership> {
  const sight = { client, signal }
  const answer = await view(`/api/v1/apps/${id}/users/${encodeURIComponent(authorityId)}`, sight)
  if (answer instanceof Error) return { id, seen: 'unclear', why: errorMessage(answer) }
  const assigned = answer.ok ? appUser.safeParse(answer.body).data : undefined
  if (answer.ok && !assigned) throw new Error('Okta answered something other than an application user')
  if (assigned && !closedAppStatuses.includes(assigned.status)) return { id, seen: 'held' }
  if (!answer.ok && !isAbsent(answer)) return toUnclear(id, answer)
  const itself = await view(`/api/v1/apps/${id}`, sight)
  if (itself instanceof Error) return { id, seen: 'unclear', why: errorMessage(itself) }
  if (!itself.ok) return toUnclear(id, itself)
  const status = app.safeParse(itself.body).data?.status
  return status === 'ACTIVE' ? { id, seen: 'lost' } : { id, seen: 'unclear', why: `${id} is ${status}` }
}

/** A credential that may not look is no weather: it leaves things unclear. */
async function view(path: string, { client, signal }: Sight): Promise<OktaAnswer | MissingRightError> {
  return (client.viewer ?? client).get({ path, signal }).catch((thrown) => {
    if (thrown instanceof MissingRightError) return thrown
    throw thrown
  })
}

/** 403 and 404 say that it cannot be seen. Anything else is weather, or a refused credential. */
function toUnclear(id: string, answer: OktaAnswer & { ok: false }): Membership {
  if (answer.status !== 403 && answer.status !== 404) throw toHubError(answer, `reading ${id}`)
  const said = [answer.status, answer.code, answer.summary].filter(Boolean).join(' ')
  return { id, seen: 'unclear', why: `reading ${id}, Okta answered ${said}` }
}

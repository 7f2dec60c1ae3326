import type { Person, ProvisionContext } from '../../../src/index.ts'
import { PermanentError } from '../../../src/index.ts'
import { findUsersToGrant } from '../people/access-users.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { giveAccess } from './give-access.ts'
import { lookUpAccess } from './look-up-access.ts'
import { takeAccess } from './take-access.ts'

type Provision = Pick<
  ProvisionContext<Auth0Client, Auth0Config, undefined>,
  'request' | 'person' | 'client' | 'config' | 'signal' | 'now' | 'log'
>

/**
 * Gives roles and memberships to every Auth0 user that is the person's own. Everything is looked up before the first
 * write. If Auth0 then refuses a part permanently, what this call gave is taken back, so that no half of a grant stays.
 * @throws PermanentError when a role or organization does not exist, when the role is an admin role, and when the
 * person has no user that may get it
 */
export async function provision(context: Provision): Promise<void> {
  const { request, person, client, config, signal, log } = context
  const asked = await lookUpAccess(
    request.permissions.map(({ target }) => target),
    { client, config },
  )
  const users = await findRecipients(person, context)
  const now = context.now()
  const { until } = request

  const given = new Map<string, string[]>()
  const recordGift = (userId: string, target: string) => void given.set(userId, [...(given.get(userId) ?? []), target])
  try {
    for (const user of users) await giveAccess(user, { client, config, signal, asked, until, now, recordGift })
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error
    log.warn({ users: [...given.keys()] }, 'Auth0 refused a part of a grant; what was given of it is taken back')
    await takeAllBack(given, context)
    throw error
  }
}

async function findRecipients(person: Person, { client, config, signal }: Provision): Promise<Auth0User[]> {
  const { users, leftOut, unseen } = await findUsersToGrant(person, { client, config, signal })
  // If one user could not be seen, none gets it: the attempt fails and is repeated.
  const [first] = unseen
  if (first) throw first.error
  if (users.length > 0) return users
  throw new PermanentError(
    `Auth0 has no user that is known to be ${person.authorityId}’s own and may log in` +
      `${leftOut.length > 0 ? ` (${leftOut.join('; ')})` : ''}. They can log in once through the Okta connection, or an ` +
      'operator adopts the right user for them (npm run hub -- person adopt); then ask again.',
  )
}

/**
 * If this fails, its error is thrown instead of Auth0's refusal: it is a temporary error, so that the hub does not take
 * the grant for refused but reads back what was given.
 */
async function takeAllBack(
  given: ReadonlyMap<string, string[]>,
  { client, config, signal, log }: Provision,
): Promise<void> {
  for (const [userId, targets] of given) {
    const user = await client.getUser(userId)
    if (user) await takeAccess(user, { client, config, signal, log, targets })
  }
}

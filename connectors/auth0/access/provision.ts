import type { Person, ProvisionContext } from '../../../src/index.ts'
import { PermanentError } from '../../../src/index.ts'
import { usersToGrant } from '../people/access-users.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { give } from './give-access.ts'
import { knownAccess } from './look-up-access.ts'
import { takeAway } from './take-access.ts'

export type Provision = Pick<
  ProvisionContext<Auth0Client, Auth0Config, undefined>,
  'request' | 'person' | 'client' | 'config' | 'signal' | 'now' | 'log'
>

/**
 * Gives roles and memberships to every Auth0 user that is the person's own. Everything is looked up before the first
 * write; if Auth0 then refuses a part for good, what this call gave is taken back, so that nothing is half given.
 * @throws PermanentError when the access does not exist, is an admin role, or nobody is there to get it.
 */
export async function provision(context: Provision): Promise<void> {
  const { request, person, client, config, signal, log } = context
  const granted = await knownAccess(
    request.permissions.map(({ target }) => target),
    { client, config },
  )
  const users = await recipients(person, context)
  const now = context.now()
  const { until } = request

  const given = new Map<string, string[]>()
  const giving = (userId: string, target: string) => void given.set(userId, [...(given.get(userId) ?? []), target])
  try {
    for (const user of users) await give(user, { client, config, signal, granted, until, now, giving })
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error
    log.warn({ users: [...given.keys()] }, 'Auth0 refused a part of a grant; what was given of it is taken back')
    await takeBack(given, context)
    throw error
  }
}

async function recipients(person: Person, { client, config, signal }: Provision): Promise<Auth0User[]> {
  const { users, leftOut, unseen } = await usersToGrant(person, { client, config, signal })
  // Half of a person's users is not the person: look again rather than give to some.
  const [first] = unseen
  if (first) throw first.error
  if (users.length > 0) return users
  throw new PermanentError(
    `Auth0 has no user that is known to be ${person.authorityId}’s own and may log in` +
      `${leftOut.length > 0 ? ` (${leftOut.join('; ')})` : ''}. They can log in once through the Okta connection, or an ` +
      'operator adopts the right user for them (npm run hub -- person adopt); then ask again.',
  )
}

/** If this fails too, its error goes out instead: not a refusal but weather, so that the hub looks what was given. */
async function takeBack(given: ReadonlyMap<string, string[]>, { client, config, signal }: Provision): Promise<void> {
  for (const [userId, targets] of given) {
    const user = await client.getUser(userId)
    if (user) await takeAway(user, { client, config, signal, targets })
  }
}

import { CredentialError, type DeprovisionContext, type Look, RetryAfterError } from '../../../src/index.ts'
import { findUsersToRevoke } from '../people/access-users.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { takeAccess } from './take-access.ts'
import { readHeldTargets } from './target-access.ts'

type Context = DeprovisionContext<Auth0Client, Auth0Config, undefined>

export type Deprovision = Pick<Context, 'request' | 'person' | 'client' | 'config' | 'signal' | 'log'>

/**
 * Takes roles and memberships from every Auth0 user of the person. If the authority does not know the subject, it takes
 * them from every user with exactly the request's e-mail. After a failure it goes on with the other users, and throws
 * the first failure at the end. Done when there is nothing to take.
 */
export async function deprovision({ request, person, client, config, signal, log }: Deprovision): Promise<void> {
  const targets = request.permissions.map(({ target }) => target)
  const subject = { person, email: request.subject.email }
  const { users, leftOut, unseen } = await findUsersToRevoke(subject, { client, config, signal })
  if (leftOut.length > 0) log.warn({ leftOut }, 'Auth0 users were left alone when access was taken away')

  const failures = unseen.map(({ error }) => error)
  for (const user of users) {
    try {
      await takeAccess(user, { client, config, signal, log, targets })
    } catch (error) {
      // What concerns every call ends the whole run.
      if (error instanceof CredentialError || error instanceof RetryAfterError || signal.aborted) throw error
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/**
 * Tells which of the targets at least one user of the person has. One user is enough, because a revoke is done only when
 * the last one has lost the access. That a grant reached every user is read back by `provision`. What is held by a user
 * whom the person was known by, and who counts no more as the person's, is not gone: nothing was taken from it. Nor is
 * what no user was found for.
 */
export async function has({ request, person, client, config, signal }: Omit<Deprovision, 'log'>): Promise<Look> {
  const targets = [...new Set(request.permissions.map(({ target }) => target))]
  const subject = { person, email: request.subject.email }
  const { users, lost, isGone, unseen } = await findUsersToRevoke(subject, { client, config, signal })
  const [first] = unseen
  if (first) throw first.error
  const held = await readHeldByAny(users, { client, targets })
  const heldByLost = await readHeldByAny(lost, { client, targets })
  const isSeen = users.length > 0 || lost.length > 0 || isGone
  const sights = targets.map((target) => {
    if (held.has(target)) return { target, state: 'had' as const }
    return { target, state: isSeen && !heldByLost.has(target) ? ('gone' as const) : ('nobody' as const) }
  })
  return { sights }
}

type Asked = { client: Auth0Client; targets: readonly string[] }

async function readHeldByAny(users: readonly Auth0User[], { client, targets }: Asked): Promise<Set<string>> {
  const held = new Set<string>()
  for (const user of users) {
    for (const target of await readHeldTargets(client, user.user_id, targets)) held.add(target)
  }
  return held
}

import { CredentialError, type DeprovisionContext, RetryAfterError } from '../../../src/index.ts'
import { findUsersToRevoke } from '../people/access-users.ts'
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
 * Lists the targets that at least one user of the person has. One user is enough, because a revoke is done only when
 * the last one has lost the access. That a grant reached every user is read back by `provision`.
 */
export async function has({ request, person, client, config, signal }: Omit<Deprovision, 'log'>): Promise<string[]> {
  const targets = [...new Set(request.permissions.map(({ target }) => target))]
  const subject = { person, email: request.subject.email }
  const { users, unseen } = await findUsersToRevoke(subject, { client, config, signal })
  const [first] = unseen
  if (first) throw first.error
  const held = new Set<string>()
  for (const user of users) {
    for (const target of await readHeldTargets(client, user.user_id, targets)) held.add(target)
  }
  return targets.filter((target) => held.has(target))
}

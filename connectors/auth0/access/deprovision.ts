import type { DeprovisionContext } from '../../../src/index.ts'
import { CredentialError, RetryAfterError } from '../../../src/index.ts'
import { usersToRevoke } from '../people/access-users.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { takeAway } from './take-access.ts'
import { heldAccess } from './target-access.ts'

export type Deprovision = Pick<
  DeprovisionContext<Auth0Client, Auth0Config, undefined>,
  'request' | 'person' | 'client' | 'config' | 'signal' | 'log'
>

/**
 * Takes roles and memberships from every Auth0 user of the person, or, when the authority knows nobody, from those
 * with exactly the e-mail of the request. Every user is attempted though another failed; the first failure is thrown
 * at the end. Done when there is nothing to take away.
 */
export async function deprovision({ request, person, client, config, signal, log }: Deprovision): Promise<void> {
  const targets = request.permissions.map(({ target }) => target)
  const subject = { person, email: request.subject.email }
  const { users, leftOut, unseen } = await usersToRevoke(subject, { client, config, signal })
  if (leftOut.length > 0) log.warn({ leftOut }, 'Auth0 users were left alone when access was taken away')

  const failures = unseen.map(({ error }) => error)
  for (const user of users) {
    try {
      await takeAway(user, { client, config, signal, targets })
    } catch (error) {
      // What concerns every call ends the whole run.
      if (error instanceof CredentialError || error instanceof RetryAfterError || signal.aborted) throw error
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/**
 * Which of the targets asked for at least one user of the person has. At least one, not every one: whoever asks
 * whether something is gone must hear of the last of it. That a grant reached every user, `provision` has read back.
 */
export async function has({ request, person, client, config, signal }: Omit<Deprovision, 'log'>): Promise<string[]> {
  const targets = [...new Set(request.permissions.map(({ target }) => target))]
  const subject = { person, email: request.subject.email }
  const { users, unseen } = await usersToRevoke(subject, { client, config, signal })
  const [first] = unseen
  if (first) throw first.error
  const held = new Set<string>()
  for (const user of users) {
    for (const target of await heldAccess(client, user.user_id, targets)) held.add(target)
  }
  return targets.filter((target) => held.has(target))
}

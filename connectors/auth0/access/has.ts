import { usersToRevoke } from '../people/own-users.ts'
import type { Deprovision } from './deprovision.ts'
import { heldAccess } from './held-access.ts'

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

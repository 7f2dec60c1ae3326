import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { parseTarget } from '../tenant/config.ts'
import { entriesAfterRemoval, grantEntriesOf, grantsKey, grantsPatch } from './grant-entries.ts'
import { heldAccess } from './target-access.ts'

type Work = { client: Auth0Client; config: Auth0Config; signal: AbortSignal; targets: readonly string[] }

/**
 * Takes the targets from one user, then the notes of their ends: while the access is there, its note still stops it.
 * Idempotent; what is not there (the user included) is taken away already.
 * @throws Error when something is still there afterwards.
 */
export async function takeAway(user: Auth0User, { client, config, signal, targets }: Work): Promise<void> {
  const key = grantsKey(config)
  const { entries: before } = grantEntriesOf(user, key)
  const { entries, leave } = entriesAfterRemoval(before, targets)
  const all = [...new Set([...targets, ...leave.map((organization) => `organization:${organization}`)])]

  const held = await heldAccess(client, user.user_id, all)
  // Roles within an organization go first: leaving it may or may not take them along.
  for (const target of all.toSorted((a, b) => b.length - a.length)) {
    if (held.has(target)) await remove(user.user_id, target, { client, signal })
  }
  if (JSON.stringify(entries) !== JSON.stringify(before)) {
    await client.patchUser(user.user_id, grantsPatch(key, entries), signal)
  }
  await assertGone(user.user_id, { client, key, targets: all })
}

function remove(userId: string, target: string, { client, signal }: Pick<Work, 'client' | 'signal'>): Promise<unknown> {
  const asked = parseTarget(target)
  if (asked.kind === 'role') return client.removeRole(userId, asked.role, signal)
  const { organization } = asked
  if (asked.kind === 'organization') return client.removeMember(organization, userId, signal)
  return client.removeMemberRole({ organization, userId }, asked.role, signal)
}

async function assertGone(
  userId: string,
  { client, key, targets }: { client: Auth0Client; key: string; targets: string[] },
): Promise<void> {
  const [left] = await heldAccess(client, userId, targets)
  if (left) throw new Error(`Auth0 still shows ${left} on ${userId} after it was taken away`)
  const user = await client.getUser(userId)
  if (!user) return
  const { entries } = grantEntriesOf(user, key)
  const { entries: wanted } = entriesAfterRemoval(entries, targets)
  if (wanted.length < entries.length) throw new Error(`The note of an end came back on ${userId} after it was removed`)
}

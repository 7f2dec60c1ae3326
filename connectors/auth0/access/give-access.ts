import { PermanentError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { parseTarget } from '../tenant/config.ts'
import {
  assertFits,
  entriesAfterGrant,
  type Granted,
  grantEntriesOf,
  grantsKey,
  grantsPatch,
  isOver,
  targetOfEntry,
  untilOf,
} from './grant-entries.ts'
import { heldAccess } from './target-access.ts'

export type Gift = {
  client: Auth0Client
  config: Auth0Config
  signal: AbortSignal
  granted: Granted[]
  /** ISO time of the end; null: none. */
  until: string | null
  now: Date
  /** Is told of each target before it is given to a user who did not have it. */
  giving(userId: string, target: string): void
}

/**
 * Gives the access to one user. Its end is noted first: cut off in between, a note without access does no harm, access
 * without its note would have no end for the Action. Idempotent.
 * @throws PermanentError when the end cannot be noted; Error when what was written cannot be read back.
 */
export async function give(user: Auth0User, gift: Gift): Promise<void> {
  const { client, config, granted, until, now, signal } = gift
  const key = grantsKey(config)
  const { entries: before, foreign } = grantEntriesOf(user, key)
  if (foreign && until !== null) {
    throw new PermanentError(
      `${user.user_id} has something in app_metadata.${key} that the hub did not write, so that the end of this access ` +
        'cannot be noted. Remove it, or choose another AUTH0_METADATA_KEY.',
    )
  }
  const targets = granted.flatMap(({ target }) => withMembership(target))
  const over = before.filter((entry) => isOver(entry, now)).map(targetOfEntry)
  const held = await heldAccess(client, user.user_id, [...targets, ...over])

  const entries = foreign ? [] : entriesAfterGrant(before, { granted, held, until, now })
  if (JSON.stringify(entries) !== JSON.stringify(before)) {
    if (JSON.stringify(entries).length > JSON.stringify(before).length) assertFits(user, { key, entries })
    if (!(await client.patchUser(user.user_id, grantsPatch(key, entries), signal))) throw vanished(user.user_id)
  }
  for (const target of targets) {
    if (held.has(target)) continue
    gift.giving(user.user_id, target)
    await add(user.user_id, target, { client, signal })
  }
  await assertGiven(user.user_id, { client, key, targets, ends: foreign ? null : entries })
}

/** A role within an organization needs the membership, and that one first. */
function withMembership(target: string): string[] {
  const asked = parseTarget(target)
  return asked.kind === 'member_role' ? [`organization:${asked.organization}`, target] : [target]
}

function add(userId: string, target: string, { client, signal }: Pick<Gift, 'client' | 'signal'>): Promise<unknown> {
  const asked = parseTarget(target)
  if (asked.kind === 'role') return client.assignRole(userId, asked.role, signal)
  const { organization } = asked
  if (asked.kind === 'organization') return client.addMember(organization, userId, signal)
  return client.assignMemberRole({ organization, userId }, asked.role, signal)
}

type Expected = {
  client: Auth0Client
  key: string
  targets: string[]
  /** Null: somebody else's value lies there, and none of ours was written. */
  ends: ReturnType<typeof entriesAfterGrant> | null
}

async function assertGiven(userId: string, { client, key, targets, ends }: Expected): Promise<void> {
  const held = await heldAccess(client, userId, targets)
  const missing = targets.find((target) => !held.has(target))
  if (missing) throw new Error(`Auth0 does not show ${missing} on ${userId} after it was given`)
  if (!ends) return
  const user = await client.getUser(userId)
  if (!user) throw vanished(userId)
  const { entries } = grantEntriesOf(user, key)
  const wrong = targets.find((target) => untilOf(entries, target) !== untilOf(ends, target))
  if (wrong) throw new Error(`Auth0 does not show the end of ${wrong} on ${userId} as it was written`)
}

function vanished(userId: string): Error {
  return new Error(`Auth0 has no user ${userId} any more; it is looked for again`)
}

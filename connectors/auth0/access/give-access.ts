import { PermanentError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import { type Auth0Config, parseGrantTarget } from '../tenant/config.ts'
import {
  type AskedAccess,
  addGrantEntries,
  assertEntriesFit,
  type GrantEntry,
  grantsKey,
  isOver,
  makeGrantsPatch,
  readGrantEntries,
  targetOfEntry,
  untilOf,
} from './grant-entries.ts'
import { assignTarget, readHeldTargets } from './target-access.ts'

type Gift = {
  client: Auth0Client
  config: Auth0Config
  signal: AbortSignal
  asked: AskedAccess[]
  /** ISO time of the end; null: none. */
  until: string | null
  now: Date
  /** Called before a target is given to a user who does not have it. */
  recordGift(userId: string, target: string): void
}

/**
 * Gives the access to one user. Its end is noted first: after a crash in between, a note without access does no harm,
 * but the Action could not end access without a note. Idempotent.
 * @throws PermanentError when the end cannot be noted; Error when what was written cannot be read back
 */
export async function giveAccess(user: Auth0User, gift: Gift): Promise<void> {
  const { client, config, asked, until, now, signal } = gift
  const key = grantsKey(config)
  const { entries: before, foreign } = readGrantEntries(user, key)
  if (foreign && until !== null) {
    throw new PermanentError(
      `${user.user_id} has something in app_metadata.${key} that the hub did not write, so that the end of this access ` +
        'cannot be noted. Remove it, or choose another AUTH0_METADATA_KEY.',
    )
  }
  const targets = asked.flatMap(({ target }) => addMembership(target))
  const over = before.filter((entry) => isOver(entry, now)).map(targetOfEntry)
  const held = await readHeldTargets(client, user.user_id, [...targets, ...over])

  const entries = foreign ? [] : addGrantEntries(before, { asked, held, until, now })
  if (JSON.stringify(entries) !== JSON.stringify(before)) {
    if (JSON.stringify(entries).length > JSON.stringify(before).length) assertEntriesFit(user, { key, entries })
    if (!(await client.patchUser(user.user_id, makeGrantsPatch(key, entries), signal))) throw toGoneError(user.user_id)
  }
  for (const target of targets) {
    if (held.has(target)) continue
    gift.recordGift(user.user_id, target)
    await assignTarget(user.user_id, target, { client, signal })
  }
  await assertGiven(user.user_id, { client, key, targets, entries: foreign ? null : entries })
}

/** A role within an organization needs the membership, and that one first. */
function addMembership(target: string): string[] {
  const asked = parseGrantTarget(target)
  return asked.kind === 'member_role' ? [`organization:${asked.organization}`, target] : [target]
}

type Expected = {
  client: Auth0Client
  key: string
  targets: string[]
  /** Null: a foreign value is under the key, and the hub wrote none of its own. */
  entries: GrantEntry[] | null
}

async function assertGiven(userId: string, { client, key, targets, entries }: Expected): Promise<void> {
  const held = await readHeldTargets(client, userId, targets)
  const missing = targets.find((target) => !held.has(target))
  if (missing) throw new Error(`Auth0 does not show ${missing} on ${userId} after it was given`)
  if (!entries) return
  const user = await client.getUser(userId)
  if (!user) throw toGoneError(userId)
  const { entries: found } = readGrantEntries(user, key)
  const wrong = targets.find((target) => untilOf(found, target) !== untilOf(entries, target))
  if (wrong) throw new Error(`Auth0 does not show the end of ${wrong} on ${userId} as it was written`)
}

function toGoneError(userId: string): Error {
  return new Error(`Auth0 has no user ${userId} any more; it is looked for again`)
}

import { errorMessage, type Log, PermanentError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { grantsKey, makeGrantsPatch, readGrantEntries, removeGrantEntries } from './grant-entries.ts'
import { readHeldTargets, removeTarget } from './target-access.ts'

type Removal = {
  client: Auth0Client
  config: Auth0Config
  signal: AbortSignal
  log: Log
  targets: readonly string[]
}

/**
 * Takes the targets from one user, then the notes of their ends: as long as the access is there, the Action needs its
 * note. Idempotent: what is not there (the user included) counts as taken. A note that Auth0 refuses to change stays: the
 * access is gone, and a note without access does no harm.
 * @throws Error when a target is still there afterwards, or its note came back
 */
export async function takeAccess(user: Auth0User, { client, config, signal, log, targets }: Removal): Promise<void> {
  const key = grantsKey(config)
  const { entries: before } = readGrantEntries(user, key)
  const { entries, leave } = removeGrantEntries(before, targets)
  const all = [...new Set([...targets, ...leave.map((organization) => `organization:${organization}`)])]

  const held = await readHeldTargets(client, user.user_id, all)
  // Roles within an organization (the longer targets) go first: it is not documented that leaving removes them.
  for (const target of all.toSorted((a, b) => b.length - a.length)) {
    if (held.has(target)) await removeTarget(user.user_id, target, { client, signal })
  }
  let isNoteRefused = false
  if (JSON.stringify(entries) !== JSON.stringify(before)) {
    try {
      await client.patchUser(user.user_id, makeGrantsPatch(key, entries), signal)
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error
      log.warn(
        { user: user.user_id, error: errorMessage(error) },
        'Auth0 refused to change the note of an end; it stays',
      )
      isNoteRefused = true
    }
  }
  await assertTargetsTaken(user.user_id, { client, targets: all })
  if (!isNoteRefused) await assertNotesTaken(user.user_id, { client, key, targets: all })
}

type Taken = { client: Auth0Client; targets: string[] }

async function assertTargetsTaken(userId: string, { client, targets }: Taken): Promise<void> {
  const [left] = await readHeldTargets(client, userId, targets)
  if (left) throw new Error(`Auth0 still shows ${left} on ${userId} after it was taken away`)
}

async function assertNotesTaken(userId: string, { client, key, targets }: Taken & { key: string }): Promise<void> {
  const user = await client.getUser(userId)
  if (!user) return
  const { entries } = readGrantEntries(user, key)
  const { entries: wanted } = removeGrantEntries(entries, targets)
  if (wanted.length < entries.length) throw new Error(`The note of an end came back on ${userId} after it was removed`)
}

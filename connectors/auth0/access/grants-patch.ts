import { PermanentError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { UserPatch } from '../tenant/client.ts'
import type { GrantEntry } from './grant-entries.ts'

/**
 * Auth0's limit for the metadata of one profile (Auth0 docs: metadata; since 2026-08-07: what exceeds it "may start to
 * fail").
 */
const mostBytes = 10_000

/** The PATCH that writes the entries, and nothing but them: the status object beside them stays as it is. */
export function grantsPatch(key: string, entries: GrantEntry[]): UserPatch {
  // null deletes the key. Never an empty app_metadata: it would wipe everything.
  return { app_metadata: { [key]: entries.length > 0 ? entries : null } }
}

/** @throws PermanentError when the profile has no room for these entries. */
export function assertFits(user: Auth0User, { key, entries }: { key: string; entries: GrantEntry[] }): void {
  const after = { ...user.app_metadata, [key]: entries }
  const bytes = new TextEncoder().encode(JSON.stringify([after, user.user_metadata])).length
  if (bytes <= mostBytes) return
  throw new PermanentError(
    `${user.user_id} has no room for the end of this access: its metadata would take ${bytes} bytes, and Auth0 allows ` +
      `${mostBytes}. Make room in its metadata, or grant the access without an end.`,
  )
}

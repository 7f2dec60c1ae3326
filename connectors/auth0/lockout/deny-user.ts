import type { AccessMetadata, Change, JsonObject, Person } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import { mirrorOf, readHubObject } from '../tenant/auth0-user.ts'
import type { UserPatch } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { hubBlocks } from './block-owner.ts'

export type DenyQuestion = { user: Auth0User; person: Person; config: Auth0Config; eventId: string }

/**
 * Plans what is missing until this user is denied: nothing, or one write and one (owed) revoke. It compares `id`,
 * `deactivated`, `blocked`, and for which change of status the flag was written. Other news about a denied person write
 * nothing.
 */
export function planToDeny(question: DenyQuestion): Change[] {
  const { user, person, config } = question
  const { object } = readHubObject(user, config.AUTH0_METADATA_KEY)
  const isFlagged = object?.deactivated === true && object.id === person.authorityId
  const isBlocked = user.blocked || !mayBlock(question)
  const isDenied = isFlagged && isBlocked
  if (isDenied && isFlagOfThisLockout(object, person.state)) return []

  const renews = isDenied ? { renews: true } : {}
  const deny: Change = {
    direction: 'deny',
    action: 'deny',
    target: user.user_id,
    summary: `Lock ${user.user_id} out of Auth0${isDenied ? ' anew, as of the newer status' : ''}${setsBlock(question) ? ' and block it' : ''}`,
    before: stateBefore(user, object),
    after: toJson(makeDenyPatch(question, object)),
    ...renews,
  }
  return config.AUTH0_REVOKE ? [deny, { ...planToRevokeSessions(user), ...renews }] : [deny]
}

/**
 * Whether the flag was written for the present status. A flag of an earlier lockout proves nothing about this one:
 * Auth0 may have carried out that write late, and sessions that were opened in between would live on. If the authority
 * names no time (a person who is gone), the status is compared instead (decision 0008).
 */
function isFlagOfThisLockout(flag: AccessMetadata, { status, statusChangedAt, provisional }: Person['state']): boolean {
  // A provisional state is assumed on the word of a hook: its time is no proof of a newer lockout.
  if (provisional) return true
  if (statusChangedAt === null) return flag.status === status
  return flag.changed_at !== null && Date.parse(flag.changed_at) >= Date.parse(statusChangedAt)
}

function setsBlock(question: DenyQuestion): boolean {
  return mayBlock(question) && !question.user.blocked
}

/** A block that others lift again and again is left to them: the flag alone holds then. */
function mayBlock({ user, person, config }: DenyQuestion): boolean {
  return hubBlocks(user, config) && !person.contested
}

function makeDenyPatch(question: DenyQuestion, object: AccessMetadata | undefined): UserPatch {
  const { user, person, config, eventId } = question
  const key = config.AUTH0_METADATA_KEY
  const blocks = setsBlock(question)
  const entry: AccessMetadata = {
    id: person.authorityId,
    status: person.state.status,
    deactivated: true,
    changed_at: person.state.statusChangedAt,
    event_id: eventId,
    // If the user was blocked before the hub's first write, an administrator did it, and only one may unblock it.
    blocked_by_hub: blocks || (user.blocked && object?.blocked_by_hub === true),
  }
  return {
    app_metadata: { [key]: entry },
    ...(blocks && { blocked: true }),
    ...(config.AUTH0_MIRROR && makeMirrorPatch(user, key)),
  }
}

/**
 * The flag for the older Action. A PATCH replaces a nested object whole, so that its other members are sent along. A
 * value that is not an object is left alone.
 */
function makeMirrorPatch(user: Auth0User, key: string): Pick<UserPatch, 'user_metadata'> {
  const siblings = mirrorOf(user, key)
  const isFree = user.user_metadata[key] === undefined || user.user_metadata[key] === null
  if (!siblings && !isFree) return {}
  return { user_metadata: { [key]: { ...siblings, deactivated: 'true' } } }
}

function planToRevokeSessions(user: Auth0User): Change {
  return {
    direction: 'deny',
    action: 'revoke_access',
    target: user.user_id,
    summary: `End the sessions and refresh tokens of ${user.user_id}`,
    owed: true,
  }
}

/** The user before the change, for readers of the journal. */
export function stateBefore(user: Auth0User, object: AccessMetadata | undefined): JsonObject {
  return { blocked: user.blocked, object: object ?? null }
}

/** The patch as it is journaled and sent: JSON leaves out what is `undefined`. */
export function toJson(patch: UserPatch): JsonObject {
  return JSON.parse(JSON.stringify(patch)) as JsonObject
}

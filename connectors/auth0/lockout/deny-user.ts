import type { AccessMetadata, Change, JsonObject, Person } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import { hubObject, mirrorOf } from '../tenant/auth0-user.ts'
import type { UserPatch } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'

export type Question = { user: Auth0User; person: Person; config: Auth0Config; eventId: string }

/**
 * What is missing until this user is locked out: nothing, or one write and (owed) one revoke. Compared are `id`,
 * `deactivated`, `blocked`, and for which lockout the flag was written; other news about a locked person do not write
 * again.
 */
export function denyChanges(question: Question): Change[] {
  const { user, person, config } = question
  const { object } = hubObject(user, config.AUTH0_METADATA_KEY)
  const isFlagged = object?.deactivated === true && object.id === person.authorityId
  const isBlocked = user.blocked || !config.AUTH0_BLOCK
  const isShut = isFlagged && isBlocked
  if (isShut && isOfThisLockout(object, person.state)) return []

  const renews = isShut ? { renews: true } : {}
  const deny: Change = {
    direction: 'deny',
    action: 'deny',
    target: user.user_id,
    summary: `Lock ${user.user_id} out of Auth0${isShut ? ' anew, as of the newer status' : ''}${setsBlock(question) ? ' and block it' : ''}`,
    before: stateOf(user, object),
    after: asJson(denyPatch(question, object)),
    ...renews,
  }
  return config.AUTH0_REVOKE ? [deny, { ...revokeChange(user), ...renews }] : [deny]
}

/**
 * A flag of an earlier lockout proves nothing about this one: Auth0 may have carried it out late, over sessions that
 * were opened since. Where the authority names no time, as for somebody gone, the flag's status tells.
 */
function isOfThisLockout(flag: AccessMetadata, { status, statusChangedAt, provisional }: Person['state']): boolean {
  if (provisional) return true
  if (statusChangedAt === null) return flag.status === status
  return flag.changed_at !== null && Date.parse(flag.changed_at) >= Date.parse(statusChangedAt)
}

function setsBlock({ user, config }: Question): boolean {
  return config.AUTH0_BLOCK && !user.blocked
}

function denyPatch(question: Question, object: AccessMetadata | undefined): UserPatch {
  const { user, person, config, eventId } = question
  const key = config.AUTH0_METADATA_KEY
  const blocks = setsBlock(question)
  const entry: AccessMetadata = {
    id: person.authorityId,
    status: person.state.status,
    deactivated: true,
    changed_at: person.state.statusChangedAt,
    event_id: eventId,
    // Blocked before we came: an admin did it, and only an admin takes it away.
    blocked_by_hub: blocks || (user.blocked && object?.blocked_by_hub === true),
  }
  return {
    app_metadata: { [key]: entry },
    ...(blocks && { blocked: true }),
    ...(config.AUTH0_MIRROR && mirror(user, key)),
  }
}

/** A PATCH replaces a nested object whole, so its other members go along. Anything but an object is not ours to replace. */
function mirror(user: Auth0User, key: string): Pick<UserPatch, 'user_metadata'> {
  const siblings = mirrorOf(user, key)
  const isFree = user.user_metadata[key] === undefined || user.user_metadata[key] === null
  if (!siblings && !isFree) return {}
  return { user_metadata: { [key]: { ...siblings, deactivated: 'true' } } }
}

function revokeChange(user: Auth0User): Change {
  return {
    direction: 'deny',
    action: 'revoke_access',
    target: user.user_id,
    summary: `End the sessions and refresh tokens of ${user.user_id}`,
    owed: true,
  }
}

/** What a reader of the journal needs to see of the user as it was. */
export function stateOf(user: Auth0User, object: AccessMetadata | undefined): JsonObject {
  return { blocked: user.blocked, object: object ?? null }
}

/** The patch as it will be sent and journaled: `undefined` and the like do not survive either. */
export function asJson(patch: UserPatch): JsonObject {
  return JSON.parse(JSON.stringify(patch)) as JsonObject
}

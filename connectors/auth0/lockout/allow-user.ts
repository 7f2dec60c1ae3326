import type { Change } from '../../../src/index.ts'
import { hubObject, mirrorOf } from '../tenant/auth0-user.ts'
import type { UserPatch } from '../tenant/client.ts'
import type { Question } from './deny-user.ts'
import { asJson, stateOf } from './deny-user.ts'

/** `isAdopted`: another id shut the user, and it is this person's now. */
export type AllowQuestion = Question & { isAdopted: boolean }

/**
 * Opens what the hub shut for this very person, and nothing else: without our object, with another id in it, or with
 * the flag already down, the plan is empty. A block is taken away only when the hub's object says that the hub set it.
 */
export function allowChanges({ user, person, config, eventId, isAdopted }: AllowQuestion): Change[] {
  const key = config.AUTH0_METADATA_KEY
  const { object } = hubObject(user, key)
  const isOurs = isAdopted || object?.id === person.authorityId || person.adopted.includes(user.user_id)
  if (!object?.deactivated || !isOurs) return []

  const unblocks = object.blocked_by_hub && user.blocked
  const patch: UserPatch = {
    app_metadata: {
      [key]: {
        id: person.authorityId,
        status: person.state.status,
        deactivated: false,
        changed_at: person.state.statusChangedAt,
        event_id: eventId,
        blocked_by_hub: false,
      },
    },
    ...(unblocks && { blocked: false }),
    ...clearedMirror({ user, key }),
  }
  return [
    {
      direction: 'allow',
      action: 'allow',
      target: user.user_id,
      summary: `Open ${user.user_id} again${unblocks ? ' and unblock it' : ''}${isAdopted ? `, which ${object.id} of before had shut` : ''}`,
      before: stateOf(user, object),
      after: asJson(patch),
    },
  ]
}

/** The flag of the older Action, wherever it came from; with the mirror off it would still shut the door. */
function clearedMirror({ user, key }: { user: Question['user']; key: string }): Pick<UserPatch, 'user_metadata'> {
  const mirrored = mirrorOf(user, key)
  if (mirrored?.deactivated !== true && mirrored?.deactivated !== 'true') return {}
  const { deactivated, ...siblings } = mirrored
  // null deletes the key; an empty object would be stored, and at the root it would wipe everything.
  return { user_metadata: { [key]: Object.keys(siblings).length > 0 ? siblings : null } }
}

import type { Change } from '../../../src/index.ts'
import { mirrorOf, readHubObject } from '../tenant/auth0-user.ts'
import type { UserPatch } from '../tenant/client.ts'
import { type DenyQuestion, stateBefore, toJson } from './deny-user.ts'

/** `isAdopted`: the hub denied the user for another Okta id, and it counts as this person's from now on. */
type AllowQuestion = DenyQuestion & { isAdopted: boolean }

/**
 * Plans to allow a user that the hub denied for this person. Otherwise the plan is empty: without the hub's object, with
 * another person's id in it, or without the flag. `blocked` is removed only if the hub's object says that the hub set it.
 */
export function planToAllow({ user, person, config, eventId, isAdopted }: AllowQuestion): Change[] {
  const key = config.AUTH0_METADATA_KEY
  const { object } = readHubObject(user, key)
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
    ...makeMirrorRemoval({ user, key }),
  }
  return [
    {
      direction: 'allow',
      action: 'allow',
      target: user.user_id,
      summary: `Let ${user.user_id} in again${unblocks ? ' and unblock it' : ''}${isAdopted ? `, though it was locked for ${object.id}` : ''}`,
      before: stateBefore(user, object),
      after: toJson(patch),
      ...(isAdopted && { adopts: true }),
    },
  ]
}

/** Removes the flag of the older Action, also one that the hub did not write: even with AUTH0_MIRROR=false that Action would refuse the login. */
function makeMirrorRemoval({
  user,
  key,
}: {
  user: DenyQuestion['user']
  key: string
}): Pick<UserPatch, 'user_metadata'> {
  const mirrored = mirrorOf(user, key)
  if (mirrored?.deactivated !== true && mirrored?.deactivated !== 'true') return {}
  const { deactivated, ...siblings } = mirrored
  // null deletes the key. An empty object would be stored, and at the root it would delete all metadata.
  return { user_metadata: { [key]: Object.keys(siblings).length > 0 ? siblings : null } }
}

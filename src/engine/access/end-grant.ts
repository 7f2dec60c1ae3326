import type { LiveGrant } from '../../core/access.ts'
import type { Change } from '../../core/change.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import { type Installed, revokesOnDeny } from '../../host/installed.ts'
import { type AccessCall, callDeprovision, readTargets } from './call.ts'
import { explainNotGone } from './removal.ts'

const action = 'end_grant'

/** True for a change that takes a grant away: the hub's own, and not one that the connector planned. */
export function isEndOfGrant(change: Change): boolean {
  return change.action === action
}

/**
 * Lists what a denied person still has from the hub, as changes of the same run: the same brake stops them, and they are
 * journaled and tried again like a lockout. On the word of a hook alone nothing is taken away: it could not be given back.
 */
export function listEndsOfGrants(
  lane: ClaimedLane,
  { installed, state }: { installed: Installed; state: PersonState },
): Change[] {
  if (!revokesOnDeny(installed) || state.access !== 'deny' || state.provisional) return []
  // What the person had before is not the hub's to take.
  const given = lane.grants.filter(({ hadBefore }) => !hadBefore)
  return given.map(({ id, permission, asked }) => ({
    direction: 'deny',
    action,
    target: id,
    summary: `Take ${permission.label || asked.application.label} of ${asked.application.label} away`,
  }))
}

type EndGrant = Omit<AccessCall, 'asked' | 'permissions' | 'deadline'>

/**
 * Takes one grant away, read back where the connector can tell.
 * @throws when it is still there, or that could not be told; or whatever the connector throws
 */
export async function endGrant(grant: LiveGrant | undefined, call: EndGrant): Promise<void> {
  if (!grant) return
  const asked = { ...grant.asked, until: grant.until }
  const about: AccessCall = { ...call, asked, permissions: [grant.permission], deadline: null }
  await callDeprovision(about)
  const notGone = explainNotGone(await readTargets(about), [grant])
  if (notGone !== null) throw new Error(notGone)
}

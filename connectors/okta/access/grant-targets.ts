import { PermanentError } from '../../../src/index.ts'
import { findGroupIds } from '../org/person-lists.ts'
import { appAccess, assertGone, readAssignment } from './app-access.ts'
import { groupAccess } from './group-access.ts'
import type { Grantee, TargetAccess } from './target-access.ts'

/** One target of the allow-list, such as `group:00g1emaKYZTWRYYRRTSK`, and how its kind is given and taken. */
export type GrantTarget = { kind: 'group' | 'app'; id: string; target: string; access: TargetAccess }

/** Parses the targets of a request; each is returned once. */
export function parseGrantTargets(permissions: readonly { target: string }[]): GrantTarget[] {
  return [...new Set(permissions.map(({ target }) => target))].map(parseGrantTarget)
}

function parseGrantTarget(target: string): GrantTarget {
  const [, kind, id = ''] = /^(group|app):(\w+)$/.exec(target) ?? []
  if (kind === 'group') return { kind, id, target, access: groupAccess }
  if (kind === 'app') return { kind, id, target, access: appAccess }
  throw new PermanentError(`The target ${target} is neither group:<id> nor app:<id>. Correct OKTA_GRANTS.`)
}

/** Lists the targets that the person has now, given by the hub or not. An application that a group gives counts. */
export async function listHeldTargets(targets: readonly GrantTarget[], grantee: Grantee): Promise<string[]> {
  const groupIds = targets.filter(({ kind }) => kind === 'group').map(({ id }) => id)
  const groups = groupIds.length > 0 ? await findGroupIds(groupIds, grantee) : new Set()
  const held: string[] = []
  for (const { kind, id, target } of targets) {
    if (kind === 'group' ? groups.has(id) : await hasApp(id, grantee)) held.push(target)
  }
  return held
}

async function hasApp(id: string, grantee: Grantee): Promise<boolean> {
  const { scope, live } = await readAssignment(id, grantee)
  if (scope === null) await assertGone(id, grantee)
  return live
}

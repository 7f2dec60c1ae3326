import type { DeprovisionContext } from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'
import type { OktaConnection } from '../org/connection.ts'
import { assignmentOf } from './app-assignment.ts'
import { grantTargets } from './grant-target.ts'
import { granteeOf } from './grantee.ts'
import { groupsOf } from './groups-of.ts'

/** Which of the targets the person has, whoever gave them: an application that comes from a group counts. */
export async function has(context: DeprovisionContext<OktaConnection, OktaConfig, undefined>): Promise<string[]> {
  const { person, request } = context
  if (person === null) return []
  const grantee = granteeOf({ ...context, person })
  const targets = grantTargets(request.permissions)
  const groups = targets.some(({ kind }) => kind === 'group') ? await groupsOf(grantee) : new Set()
  const held: string[] = []
  for (const { kind, id, target } of targets) {
    if (kind === 'group' ? groups.has(id) : (await assignmentOf(id, grantee)).live) held.push(target)
  }
  return held
}

import { PermanentError } from '../../../src/index.ts'
import { appAccess } from './app-access.ts'
import { groupAccess } from './group-access.ts'
import type { Access } from './target-access.ts'

export type GrantTarget = { kind: 'group' | 'app'; id: string; target: string; access: Access }

/** Reads the targets of a request, each once, such as `group:00g1emaKYZTWRYYRRTSK`. */
export function grantTargets(permissions: readonly { target: string }[]): GrantTarget[] {
  return [...new Set(permissions.map(({ target }) => target))].map(toGrantTarget)
}

function toGrantTarget(target: string): GrantTarget {
  const [, kind, id = ''] = /^(group|app):(\w+)$/.exec(target) ?? []
  if (kind === 'group') return { kind, id, target, access: groupAccess }
  if (kind === 'app') return { kind, id, target, access: appAccess }
  throw new PermanentError(`The target ${target} is neither group:<id> nor app:<id>. Correct OKTA_GRANTS.`)
}

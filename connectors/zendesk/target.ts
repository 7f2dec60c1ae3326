import { PermanentError, type Permission } from '../../src/index.ts'

/** An agent's role: the plain one, the light one, or a custom one by its id. There is no target for an administrator. */
export const targetPattern = /^role:(?:agent|light_agent|custom:[1-9]\d{0,14})$/

export type WantedRole = { kind: 'agent' } | { kind: 'light_agent' } | { kind: 'custom'; id: number }

export function parseRole(target: string): WantedRole {
  if (!targetPattern.test(target)) throw new Error(`Zendesk has no target ${target}`)
  if (target === 'role:agent') return { kind: 'agent' }
  if (target === 'role:light_agent') return { kind: 'light_agent' }
  return { kind: 'custom', id: Number(target.slice('role:custom:'.length)) }
}

/** A user has one role: two of them cannot both be given. */
export function pickOnlyRole(permissions: readonly Pick<Permission, 'target'>[]): WantedRole {
  const [target, ...others] = [...new Set(permissions.map((permission) => permission.target))]
  if (target === undefined || others.length > 0)
    throw new PermanentError(`A Zendesk user has one role, and ${permissions.length} were asked for: ask for one`)
  return parseRole(target)
}

import { clone, randomId } from '../values.ts'
import { Auth0Fault } from './errors.ts'

export type Auth0Role = { id: string; name: string; description: string }

/** One permission of a role: an API of the tenant, by its identifier, and what may be done there. */
type Auth0Permission = { api: string; name: string }

export type Auth0RoleSeed = { id?: string; name: string; permissions?: Auth0Permission[] }

export type RoleStore = {
  list: () => Auth0Role[]
  get: (id: string) => Auth0Role
  seed: (seed: Auth0RoleSeed) => Auth0Role
  permissions: (id: string) => Auth0Permission[]
  addPermission: (id: string, permission: Auth0Permission) => void
  /** Takes a role away from all users who had it. */
  remove: (id: string) => void
  ofUser: (userId: string) => Auth0Role[]
  /** All of them or none: one unknown role refuses the call. */
  assign: (userId: string, roleIds: string[]) => void
  unassign: (userId: string, roleIds: string[]) => void
  /** A deleted user holds nothing. */
  forget: (userId: string) => void
}

/** The tenant's roles and who holds them, tenant-wide (Auth0 docs: role-based access control). */
export function createRoleStore(): RoleStore {
  const roles = new Map<string, Auth0Role & { permissions: Auth0Permission[] }>()
  const held = new Map<string, Set<string>>()

  const find = (id: string) => {
    const role = roles.get(id)
    if (!role) throw new Auth0Fault(404, 'The role does not exist.', 'inexistent_role')
    return role
  }
  const shown = (id: string): Auth0Role => {
    const { permissions: _, ...role } = find(id)
    return clone(role)
  }
  const of = (userId: string) => held.get(userId) ?? new Set<string>()

  return {
    list: () => [...roles.keys()].map(shown),
    get: shown,
    seed: ({ id = randomId('rol_', 16), name, permissions = [] }) => {
      roles.set(id, { id, name, description: name, permissions: [...permissions] })
      return shown(id)
    },
    permissions: (id) => clone(find(id).permissions),
    addPermission: (id, permission) => void find(id).permissions.push(permission),
    remove: (id) => {
      roles.delete(id)
      for (const ids of held.values()) ids.delete(id)
    },
    ofUser: (userId) => [...of(userId)].map(shown),
    assign: (userId, roleIds) => {
      for (const id of roleIds) find(id)
      held.set(userId, new Set([...of(userId), ...roleIds]))
    },
    unassign: (userId, roleIds) => {
      for (const id of roleIds) of(userId).delete(id)
    },
    forget: (userId) => void held.delete(userId),
  }
}

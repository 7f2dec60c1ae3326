import type { ActionStore } from './action-store.ts'
import type { ManagementTokens } from './management-tokens.ts'
import type { OrganizationStore } from './organization-store.ts'
import type { RoleStore } from './role-store.ts'
import type { SessionStore } from './session-store.ts'
import type { UserDirectory } from './user-directory.ts'

/** What one simulated tenant holds; each file of routes takes from it what it serves. */
export type TenantState = {
  users: UserDirectory
  sessions: SessionStore
  roles: RoleStore
  organizations: OrganizationStore
  actions: ActionStore
  /** Who may call the Management API. */
  tokens: ManagementTokens
  /** Whether the plan has sessions and refresh tokens in API and Actions. */
  enterprise: boolean
}

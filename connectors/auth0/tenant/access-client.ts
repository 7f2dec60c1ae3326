import type { ManagementClient } from 'auth0'
import type { Retry } from '../../../src/index.ts'
import { isRecord } from '../../../src/index.ts'
import type { Doing } from './errors.ts'
import { inHubWords, nullWhenGone, until } from './errors.ts'

export type Named = { id: string; name: string }

/**
 * Roles and organizations at Auth0. A read answers null, or an empty list, where Auth0 knows no such thing; taking
 * away from what is not there is done.
 */
export type AccessClient = {
  role(id: string): Promise<Named | null>
  /** Identifiers of the APIs that the role may do something at. */
  rolePermissionApis(id: string): Promise<string[]>
  organization(id: string): Promise<Named | null>
  rolesOf(userId: string): Promise<string[]>
  organizationsOf(userId: string): Promise<string[]>
  memberRolesOf(organization: string, userId: string): Promise<string[]>
  /** The signal keeps a write from going out once the hub must not write any more. */
  assignRole(userId: string, role: string, signal?: AbortSignal): Promise<unknown>
  removeRole(userId: string, role: string, signal?: AbortSignal): Promise<unknown>
  addMember(organization: string, userId: string, signal?: AbortSignal): Promise<unknown>
  removeMember(organization: string, userId: string, signal?: AbortSignal): Promise<unknown>
  assignMemberRole(member: Member, role: string, signal?: AbortSignal): Promise<unknown>
  removeMemberRole(member: Member, role: string, signal?: AbortSignal): Promise<unknown>
}

export type Member = { organization: string; userId: string }

/**
 * With `per_page` the SDK knows a last page by its length; without it, it asks for one more. A new object for every
 * list: the SDK counts the pages in it.
 */
const firstPage = () => ({ per_page: 100, page: 0, include_totals: true })

/** The part of the client that access requests need, each call in the hub's words. */
export function accessClient(sdk: ManagementClient, retry: Retry): AccessClient {
  const read = <T>(doing: Doing, call: () => Promise<T>) => retry(() => inHubWords(doing, call))
  const write = (call: () => PromiseLike<unknown>) => inHubWords('write access', async () => call())
  const takeAway = (call: () => Promise<unknown>) => write(() => call().catch(nullWhenGone))
  const { members } = sdk.organizations
  return {
    role: (id) => read('read roles', async () => named(await sdk.roles.get(id).catch(nullWhenGone))),
    rolePermissionApis: (id) =>
      read('read roles', async () => {
        const permissions = await everyItem(() => sdk.roles.permissions.list(id, firstPage()))
        return permissions.flatMap(({ resource_server_identifier: api }) => api ?? [])
      }),
    organization: (id) =>
      read('read organizations', async () => named(await sdk.organizations.get(id).catch(nullWhenGone))),
    rolesOf: (userId) =>
      read('read roles', async () => idsOf(await everyItem(() => sdk.users.roles.list(userId, firstPage())))),
    organizationsOf: (userId) =>
      read('read organizations', async () =>
        idsOf(await everyItem(() => sdk.users.organizations.list(userId, firstPage()))),
      ),
    memberRolesOf: (organization, userId) =>
      read('read organizations', async () =>
        idsOf(await everyItem(() => members.roles.list(organization, userId, firstPage()))),
      ),
    assignRole: (userId, role, signal) => write(() => sdk.users.roles.assign(userId, { roles: [role] }, until(signal))),
    removeRole: (userId, role, signal) =>
      takeAway(() => sdk.users.roles.delete(userId, { roles: [role] }, until(signal))),
    addMember: (organization, userId, signal) =>
      write(() => members.create(organization, { members: [userId] }, until(signal))),
    removeMember: (organization, userId, signal) =>
      takeAway(() => members.delete(organization, { members: [userId] }, until(signal))),
    assignMemberRole: ({ organization, userId }, role, signal) =>
      write(() => members.roles.assign(organization, userId, { roles: [role] }, until(signal))),
    removeMemberRole: ({ organization, userId }, role, signal) =>
      takeAway(() => members.roles.delete(organization, userId, { roles: [role] }, until(signal))),
  }
}

/** All pages. A user, role or member that is gone has nothing. */
async function everyItem<T>(list: () => Promise<AsyncIterable<T>>): Promise<T[]> {
  const pages = await list().catch(nullWhenGone)
  const items: T[] = []
  if (pages) for await (const item of pages) items.push(item)
  return items
}

function idsOf(items: { id?: string | undefined }[]): string[] {
  return items.flatMap(({ id }) => id ?? [])
}

function named(answer: unknown): Named | null {
  if (!isRecord(answer) || typeof answer.id !== 'string') return null
  return { id: answer.id, name: typeof answer.name === 'string' ? answer.name : answer.id }
}

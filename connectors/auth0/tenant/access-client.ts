import type { ManagementClient } from 'auth0'
import type { Retry } from '../../../src/index.ts'
import { isRecord } from '../../../src/index.ts'
import type { Doing } from './errors.ts'
import { abortOption, callAuth0, returnNullIfAbsent, returnNullIfNoUser } from './errors.ts'
import { assertWhole, type ListPage } from './whole-list.ts'

/** A role or an organization. */
type NamedObject = { id: string; name: string }

/**
 * The calls about roles and organizations. A read returns null where Auth0 has no such object, and an empty list where
 * Auth0 says that it has no such user. A removal that is answered 404 is no failure: what is left is read afterwards.
 */
export type AccessClient = {
  getRole(id: string): Promise<NamedObject | null>
  /** Identifiers of the APIs for which the role has permissions. */
  listApisOfRole(id: string): Promise<string[]>
  getOrganization(id: string): Promise<NamedObject | null>
  listRolesOf(userId: string): Promise<string[]>
  listOrganizationsOf(userId: string): Promise<string[]>
  listMemberRolesOf(organization: string, userId: string): Promise<string[]>
  /** Once the signal is aborted, no write goes out: here and in all calls below. */
  assignRole(userId: string, role: string, signal?: AbortSignal): Promise<unknown>
  removeRole(userId: string, role: string, signal?: AbortSignal): Promise<unknown>
  addMember(organization: string, userId: string, signal?: AbortSignal): Promise<unknown>
  removeMember(organization: string, userId: string, signal?: AbortSignal): Promise<unknown>
  assignMemberRole(member: Member, role: string, signal?: AbortSignal): Promise<unknown>
  removeMemberRole(member: Member, role: string, signal?: AbortSignal): Promise<unknown>
}

type Member = { organization: string; userId: string }

/**
 * With `per_page` the SDK knows the last page by its length; without it, it makes one call more. Every list needs an
 * object of its own, because the SDK counts the pages in it.
 */
const firstPage = () => ({ per_page: 100, page: 0, include_totals: true })

/** Makes the part of the client that access requests need. Every call throws the hub's errors. */
export function makeAccessClient(sdk: ManagementClient, retry: Retry): AccessClient {
  const read = <T>(doing: Doing, call: () => Promise<T>) => retry(() => callAuth0(doing, call))
  const write = (call: () => PromiseLike<unknown>) => callAuth0('write access', call)
  const remove = (call: () => Promise<unknown>) => write(() => call().catch(returnNullIfAbsent))
  const { members } = sdk.organizations
  return {
    getRole: (id) =>
      read('read roles', async () => parseNamedObject(await sdk.roles.get(id).catch(returnNullIfAbsent))),
    listApisOfRole: (id) =>
      read('read roles', async () => {
        const permissions = await readAllPages(() => sdk.roles.permissions.list(id, firstPage()))
        return permissions.flatMap((permission) => permission?.resource_server_identifier ?? [])
      }),
    getOrganization: (id) =>
      read('read organizations', async () =>
        parseNamedObject(await sdk.organizations.get(id).catch(returnNullIfAbsent)),
      ),
    listRolesOf: (userId) =>
      read('read roles', async () => idsOf(await readAllPages(() => sdk.users.roles.list(userId, firstPage())))),
    listOrganizationsOf: (userId) =>
      read('read organizations', async () =>
        idsOf(await readAllPages(() => sdk.users.organizations.list(userId, firstPage()))),
      ),
    listMemberRolesOf: (organization, userId) =>
      read('read organizations', async () =>
        idsOf(await readAllPages(() => members.roles.list(organization, userId, firstPage()))),
      ),
    assignRole: (userId, role, signal) =>
      write(() => sdk.users.roles.assign(userId, { roles: [role] }, abortOption(signal))),
    removeRole: (userId, role, signal) =>
      remove(() => sdk.users.roles.delete(userId, { roles: [role] }, abortOption(signal))),
    addMember: (organization, userId, signal) =>
      write(() => members.create(organization, { members: [userId] }, abortOption(signal))),
    removeMember: (organization, userId, signal) =>
      remove(() => members.delete(organization, { members: [userId] }, abortOption(signal))),
    assignMemberRole: ({ organization, userId }, role, signal) =>
      write(() => members.roles.assign(organization, userId, { roles: [role] }, abortOption(signal))),
    removeMemberRole: ({ organization, userId }, role, signal) =>
      remove(() => members.roles.delete(organization, userId, { roles: [role] }, abortOption(signal))),
  }
}

/** The items of all pages; none for a user of whom Auth0 says that it has none. Any other 404 says nothing, and is thrown. */
async function readAllPages<T>(list: () => Promise<ListPage<T>>): Promise<T[]> {
  let page = await list().catch(returnNullIfNoUser)
  const items: T[] = []
  while (page) {
    items.push(...assertWhole(page, items.length))
    page = page.hasNextPage() ? await page.getNextPage() : null
  }
  return items
}

/** An element without an id is left out: it must not hide the others. */
function idsOf(items: readonly unknown[]): string[] {
  return items.flatMap((item) => (isRecord(item) && typeof item.id === 'string' ? item.id : []))
}

function parseNamedObject(answer: unknown): NamedObject | null {
  if (!isRecord(answer) || typeof answer.id !== 'string') return null
  return { id: answer.id, name: typeof answer.name === 'string' ? answer.name : answer.id }
}

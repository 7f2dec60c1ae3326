import { Hono } from 'hono'
import { Auth0Fault, invalidBody } from './errors.ts'
import type { ManagementTokens } from './management-tokens.ts'
import type { OrganizationStore } from './organization-store.ts'
import { pageOf, readBody, readIds } from './requests.ts'
import type { UserDirectory } from './user-directory.ts'

type Parts = { organizations: OrganizationStore; users: UserDirectory; tokens: ManagementTokens }

const PER_PAGE = 50

/**
 * Organizations and their members (Auth0 docs: Management API, organizations). Writing to one that does not exist is
 * no documented 404: here it is a 400.
 */
export function organizationRoutes({ organizations, users, tokens }: Parts): Hono {
  const routes = new Hono()

  routes.get('/organizations/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:organizations', 'read:organizations_summary'])
    return c.json(organizations.get(c.req.param('id')))
  })
  routes.get('/users/:id/organizations', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:organizations', 'read:users'])
    const { user_id: userId } = users.get(c.req.param('id'))
    return c.json(pageOf(c, { name: 'organizations', items: organizations.ofUser(userId), perPage: PER_PAGE }))
  })

  routes.post('/organizations/:id/members', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['create:organization_members'])
    const members = readIds(await readBody(c), 'members')
    for (const userId of members) if (!users.find(userId)) throw invalidBody(`members: ${userId} does not exist`)
    for (const userId of members) documented(() => organizations.addMember(c.req.param('id'), userId))
    return c.body(null, 204)
  })
  routes.delete('/organizations/:id/members', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['delete:organization_members'])
    for (const userId of readIds(await readBody(c), 'members')) {
      documented(() => organizations.removeMember(c.req.param('id'), userId))
    }
    return c.body(null, 204)
  })

  routes.get('/organizations/:id/members/:user/roles', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:organization_member_roles'])
    const items = organizations.memberRoles(c.req.param('id'), c.req.param('user'))
    return c.json(pageOf(c, { name: 'roles', items, perPage: PER_PAGE }))
  })
  routes.post('/organizations/:id/members/:user/roles', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['create:organization_member_roles'])
    const ids = readIds(await readBody(c), 'roles')
    documented(() => organizations.assign(c.req.param('id'), c.req.param('user'), ids))
    return c.body(null, 204)
  })
  routes.delete('/organizations/:id/members/:user/roles', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['delete:organization_member_roles'])
    const ids = readIds(await readBody(c), 'roles')
    documented(() => organizations.unassign(c.req.param('id'), c.req.param('user'), ids))
    return c.body(null, 204)
  })

  return routes
}

function documented(write: () => void): void {
  try {
    write()
  } catch (fault) {
    if (fault instanceof Auth0Fault && fault.status === 404) throw invalidBody(fault.message)
    throw fault
  }
}

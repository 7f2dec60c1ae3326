import { Hono } from 'hono'
import { Auth0Fault, invalidBody } from './errors.ts'
import { cutPage, readBody, readIds } from './requests.ts'
import type { TenantState } from './tenant-state.ts'

const PER_PAGE = 50

/**
 * Organizations and their members (Auth0 docs: Management API, organizations). Writing to one that does not exist is
 * no writeOrExplain 404: here it is a 400.
 */
export function createOrganizationRoutes({
  organizations,
  users,
  tokens,
}: Pick<TenantState, 'organizations' | 'users' | 'tokens'>): Hono {
  const routes = new Hono()

  routes.get('/organizations/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:organizations', 'read:organizations_summary'])
    return c.json(organizations.get(c.req.param('id')))
  })
  routes.get('/users/:id/organizations', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:organizations', 'read:users'])
    const { user_id: userId } = users.get(c.req.param('id'))
    return c.json(cutPage(c, { name: 'organizations', items: organizations.ofUser(userId), perPage: PER_PAGE }))
  })

  routes.post('/organizations/:id/members', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['create:organization_members'])
    const members = readIds(await readBody(c), 'members')
    for (const userId of members) if (!users.find(userId)) throw invalidBody(`members: ${userId} does not exist`)
    for (const userId of members) writeOrExplain(() => organizations.addMember(c.req.param('id'), userId))
    return c.body(null, 204)
  })
  routes.delete('/organizations/:id/members', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['delete:organization_members'])
    for (const userId of readIds(await readBody(c), 'members')) {
      writeOrExplain(() => organizations.removeMember(c.req.param('id'), userId))
    }
    return c.body(null, 204)
  })

  routes.get('/organizations/:id/members/:user/roles', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:organization_member_roles'])
    const items = organizations.memberRoles(c.req.param('id'), c.req.param('user'))
    return c.json(cutPage(c, { name: 'roles', items, perPage: PER_PAGE }))
  })
  routes.post('/organizations/:id/members/:user/roles', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['create:organization_member_roles'])
    const ids = readIds(await readBody(c), 'roles')
    writeOrExplain(() => organizations.assign(c.req.param('id'), c.req.param('user'), ids))
    return c.body(null, 204)
  })
  routes.delete('/organizations/:id/members/:user/roles', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['delete:organization_member_roles'])
    const ids = readIds(await readBody(c), 'roles')
    writeOrExplain(() => organizations.unassign(c.req.param('id'), c.req.param('user'), ids))
    return c.body(null, 204)
  })

  return routes
}

function writeOrExplain(write: () => void): void {
  try {
    write()
  } catch (fault) {
    if (fault instanceof Auth0Fault && fault.status === 404) throw invalidBody(fault.message)
    throw fault
  }
}

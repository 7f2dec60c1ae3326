import { Hono } from 'hono'
import { cutPage } from './requests.ts'
import type { TenantState } from './tenant-state.ts'
import type { Auth0Connection } from './user.ts'

/** The tenant's connections, by name or all of them (Auth0 docs: Management API, connections). */
export function createConnectionRoutes({
  connections,
  tokens,
}: Pick<TenantState, 'tokens'> & { connections: Auth0Connection[] }): Hono {
  const routes = new Hono()
  routes.get('/connections', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:connections'])
    const name = c.req.query('name')
    const items = connections.filter((one) => name === undefined || one.name === name)
    return c.json(
      cutPage(c, { name: 'connections', items: items.map(({ name, strategy }) => ({ name, strategy })), perPage: 50 }),
    )
  })
  return routes
}

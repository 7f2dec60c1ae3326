import { Hono } from 'hono'
import { invalidBody } from './errors.ts'
import type { ManagementTokens } from './management-tokens.ts'
import { readBody } from './requests.ts'
import type { UserDirectory } from './user-directory.ts'

/** Linking accounts of one person and taking them apart again (Auth0 docs: link user accounts). */
export function identityRoutes({ users, tokens }: { users: UserDirectory; tokens: ManagementTokens }): Hono {
  const routes = new Hono()

  routes.post('/users/:id/identities', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:users'])
    const { provider, user_id: userId } = await readBody(c)
    if (typeof provider !== 'string' || typeof userId !== 'string') throw invalidBody('provider and user_id are needed')
    return c.json(users.link(c.req.param('id'), { provider, user_id: userId }), 201)
  })

  routes.delete('/users/:id/identities/:provider/:userId', (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:users'])
    const { id, provider, userId } = c.req.param()
    return c.json(users.unlink(id, { provider, user_id: userId }))
  })

  return routes
}

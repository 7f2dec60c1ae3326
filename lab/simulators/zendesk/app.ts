import { type Context, Hono } from 'hono'
import { isJsonObject, type JsonObject } from '../values.ts'
import { forbidden, notFound, renderFault, ZendeskFault } from './errors.ts'
import { renderRole, renderUser } from './render.ts'
import type { ZendeskRole, ZendeskUser, ZendeskUsers } from './users.ts'

type ZendeskState = {
  url: string
  users: ZendeskUsers
  roles: ZendeskRole[] | null
  /** Values of the Authorization header that are let in, and in whose name. */
  credentials: ReadonlyMap<string, number>
}

/** Zendesk's Ticketing API as far as users and custom roles (docs: API reference, Users and Custom Agent Roles). */
export function createZendeskApp({ url, users, roles, credentials }: ZendeskState): Hono {
  const app = new Hono().basePath('/api/v2')

  const caller = (c: Context): ZendeskUser => {
    const id = credentials.get(c.req.header('authorization') ?? '')
    if (id === undefined) throw new ZendeskFault(401, "Couldn't authenticate you")
    return users.get(id)
  }
  const agent = (c: Context) => {
    if (caller(c).role === 'end-user') throw forbidden()
  }
  const admin = (c: Context) => {
    if (caller(c).role !== 'admin') throw forbidden()
  }

  app.get('/users/me', (c) => c.json({ user: renderUser(url, caller(c)) }))
  app.get('/users/search', (c) => {
    agent(c)
    const found = users.search(c.req.query('query') ?? '').map((user) => renderUser(url, user))
    return c.json({ users: found, next_page: null, previous_page: null, count: found.length })
  })
  app.get('/users/:id', (c) => {
    agent(c)
    return c.json({ user: renderUser(url, users.get(Number(c.req.param('id')))) })
  })
  app.post('/users', async (c) => {
    admin(c)
    return c.json({ user: renderUser(url, users.create(await readUser(c))) }, 201)
  })
  app.put('/users/:id', async (c) => {
    admin(c)
    const id = Number(c.req.param('id'))
    if (users.get(id).shared) throw forbidden()
    return c.json({ user: renderUser(url, users.update(id, await readUser(c))) })
  })
  app.get('/custom_roles', (c) => {
    agent(c)
    if (roles === null) throw notFound()
    const rendered = roles.map(renderRole)
    return c.json({ custom_roles: rendered, next_page: null, previous_page: null, count: rendered.length })
  })

  app.notFound(() => renderFault(new ZendeskFault(404, 'InvalidEndpoint', { description: 'Not found' })))
  app.onError((error) => renderFault(error instanceof ZendeskFault ? error : new ZendeskFault(500, 'InternalError')))
  return app
}

async function readUser(c: Context): Promise<JsonObject> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (isJsonObject(body) && isJsonObject(body.user)) return body.user
  throw new ZendeskFault(400, 'InvalidParameter', { description: 'user is missing' })
}

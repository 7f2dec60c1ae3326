import { Hono, type MiddlewareHandler } from 'hono'
import type { RateReading, TokenBucket } from '../token-bucket.ts'
import { createApplicationRoutes, createGroupRoutes } from './access-routes.ts'
import type { OktaCredentials } from './credentials.ts'
import { OktaFault, renderFault } from './errors.ts'
import { renderEventHook } from './event-hook.ts'
import type { EventHookRegistry } from './event-hook-registry.ts'
import { readJsonBody, renderPageLinks } from './requests.ts'
import { renderLogEvent, type SystemLog } from './system-log.ts'
import { createUserRoutes, type OrgState } from './user-routes.ts'

type ServedOrg = OrgState & {
  hooks: EventHookRegistry
  log: SystemLog
  credentials: OktaCredentials
  rateLimit: TokenBucket
}

/** Okta's HTTP surface: the token endpoint, and behind credentials and rate limit the APIs the hub needs. */
export function createOktaApp(state: ServedOrg): Hono {
  const { url, hooks, log, credentials, rateLimit } = state
  const app = new Hono()

  app.post('/oauth2/v1/token', async (c) =>
    credentials.exchange(new URLSearchParams(await c.req.text()), `${url}/oauth2/v1/token`),
  )

  app.use('/api/v1/*', async (c, next) => {
    const reading = rateLimit.take()
    if (!reading.allowed) c.res = renderFault(new OktaFault('E0000047'))
    else await next()
    setRateHeaders(c.res.headers, reading)
  })
  app.use('/api/v1/users', requireScope(credentials, 'okta.users'))
  app.use('/api/v1/users/*', requireScope(credentials, 'okta.users'))
  app.use('/api/v1/groups/*', (c, next) =>
    requireScope(credentials, c.req.path.endsWith('/roles') ? 'okta.roles' : 'okta.groups')(c, next),
  )
  app.use('/api/v1/apps/*', requireScope(credentials, 'okta.apps'))
  app.use('/api/v1/eventHooks', requireScope(credentials, 'okta.eventHooks'))
  app.use('/api/v1/eventHooks/*', requireScope(credentials, 'okta.eventHooks'))
  app.use('/api/v1/logs', requireScope(credentials, 'okta.logs'))
  app.use('/api/v1/org', requireScope(credentials, 'okta.orgs'))

  app.route('/api/v1/users', createUserRoutes(state))
  app.route('/api/v1/groups', createGroupRoutes(state))
  app.route('/api/v1/apps', createApplicationRoutes(state))
  app.route('/api/v1/eventHooks', createEventHookRoutes({ url, hooks }))
  app.get('/api/v1/logs', (c) => {
    const page = log.query(c.req.query())
    c.header('link', renderPageLinks(c.req.url, { url, next: page.next }))
    return c.json(page.events.map(renderLogEvent))
  })
  app.get('/api/v1/org', (c) => c.json({ id: '00oexampleORG0001a5d7', companyName: 'Acme Demo', status: 'ACTIVE' }))

  app.notFound(() => renderFault(new OktaFault('E0000008')))
  app.onError((error) => renderFault(error instanceof OktaFault ? error : new OktaFault('E0000009')))
  return app
}

/** Sets the headers that Okta sends with every answer (Okta docs: rate limits); the reset is in epoch seconds. */
export function setRateHeaders(headers: Headers, reading: Omit<RateReading, 'allowed'>): void {
  headers.set('x-rate-limit-limit', String(reading.limit))
  headers.set('x-rate-limit-remaining', String(reading.remaining))
  headers.set('x-rate-limit-reset', String(reading.resetEpochSeconds))
}

function requireScope(credentials: OktaCredentials, family: string): MiddlewareHandler {
  return async (c, next) => {
    const manage = `${family}.manage`
    const wanted = c.req.method === 'GET' ? [`${family}.read`, manage] : [manage]
    credentials.authorize(c.req.header('authorization'), wanted)
    await next()
  }
}

/** The registration API below `/api/v1/eventHooks` (Okta docs: Event Hooks API). */
function createEventHookRoutes({ url, hooks }: { url: string; hooks: EventHookRegistry }): Hono {
  const routes = new Hono()

  routes.get('/', (c) => c.json(hooks.list().map((hook) => renderEventHook(hook, url))))
  routes.post('/', async (c) => c.json(renderEventHook(hooks.create(await readJsonBody(c)), url)))
  routes.get('/:id', (c) => c.json(renderEventHook(hooks.get(c.req.param('id')), url)))
  routes.put('/:id', async (c) => {
    const body = await readJsonBody(c)
    return c.json(renderEventHook(hooks.replace(c.req.param('id'), body), url))
  })
  routes.delete('/:id', (c) => {
    hooks.remove(c.req.param('id'))
    return c.body(null, 204)
  })
  routes.post('/:id/lifecycle/:verb', async (c) => {
    const { id, verb } = c.req.param()
    if (verb === 'activate') return c.json(renderEventHook(hooks.setStatus(id, 'ACTIVE'), url))
    if (verb === 'deactivate') return c.json(renderEventHook(hooks.setStatus(id, 'INACTIVE'), url))
    if (verb === 'verify') return c.json(renderEventHook(await hooks.verify(id), url))
    throw new OktaFault('E0000008')
  })

  return routes
}

import { Hono, type MiddlewareHandler } from 'hono'
import type { RateReading, TokenBucket } from '../token-bucket.ts'
import type { ApplicationDirectory } from './application-directory.ts'
import { applicationRoutes } from './application-routes.ts'
import type { OktaCredentials } from './credentials.ts'
import { OktaFault, renderFault } from './errors.ts'
import type { EventHookRegistry } from './event-hook-registry.ts'
import { eventHookRoutes } from './event-hook-routes.ts'
import type { GroupDirectory } from './group-directory.ts'
import { groupRoutes } from './group-routes.ts'
import { nextLink } from './paging.ts'
import { renderLogEvent, type SystemLog } from './system-log.ts'
import type { UserDirectory } from './user-directory.ts'
import { userRoutes } from './user-routes.ts'

type Parts = {
  url: string
  users: UserDirectory
  groups: GroupDirectory
  applications: ApplicationDirectory
  hooks: EventHookRegistry
  log: SystemLog
  credentials: OktaCredentials
  rateLimit: TokenBucket
  /** The most entries on one page of a list of groups or members: 200 at Okta. */
  pageSize?: number | undefined
}

/** Okta's HTTP surface: the token endpoint, and behind credentials and rate limit the APIs the hub needs. */
export function createOktaApp(parts: Parts): Hono {
  const { url, hooks, log, credentials, rateLimit } = parts
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
  app.use('/api/v1/users', scoped(credentials, 'okta.users'))
  app.use('/api/v1/users/*', scoped(credentials, 'okta.users'))
  app.use('/api/v1/groups/*', (c, next) =>
    scoped(credentials, c.req.path.endsWith('/roles') ? 'okta.roles' : 'okta.groups')(c, next),
  )
  app.use('/api/v1/apps/*', scoped(credentials, 'okta.apps'))
  app.use('/api/v1/eventHooks', scoped(credentials, 'okta.eventHooks'))
  app.use('/api/v1/eventHooks/*', scoped(credentials, 'okta.eventHooks'))
  app.use('/api/v1/logs', scoped(credentials, 'okta.logs'))
  app.use('/api/v1/org', scoped(credentials, 'okta.orgs'))

  app.route('/api/v1/users', userRoutes(parts))
  app.route('/api/v1/groups', groupRoutes(parts))
  app.route('/api/v1/apps', applicationRoutes(parts))
  app.route('/api/v1/eventHooks', eventHookRoutes({ url, hooks }))
  app.get('/api/v1/logs', (c) => {
    const page = log.query(c.req.query())
    c.header('link', nextLink(c.req.url, { url, next: page.next }))
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

function scoped(credentials: OktaCredentials, family: string): MiddlewareHandler {
  return async (c, next) => {
    const manage = `${family}.manage`
    const wanted = c.req.method === 'GET' ? [`${family}.read`, manage] : [manage]
    credentials.authorize(c.req.header('authorization'), wanted)
    await next()
  }
}

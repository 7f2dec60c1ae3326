import { Hono } from 'hono'
import type { Log } from './core/log.ts'
import { readPath, refuseDotSegments } from './http/address.ts'
import type { LazyApi } from './http/api/lazy-api.ts'
import { serveHealth } from './http/health.ts'
import { type HookNeeds, serveHooks } from './http/hooks.ts'
import { type InlineHookNeeds, serveInlineHooks } from './http/inline-hooks.ts'
import { closeWhenLeaving, type Leaving } from './http/leaving.ts'
import { type MetricsNeeds, serveMetrics } from './http/metrics.ts'
import { sendProblem } from './http/problem.ts'
import { type LinkNeeds, serveLinks } from './http/signin/serve-links.ts'
import type { Traced } from './http/trace.ts'

/** `vendors`: what senders of hooks reach. `inside`: what operators and programs of the house do. */
export type Surface = 'vendors' | 'inside'

const bothSurfaces: readonly Surface[] = ['vendors', 'inside']

/** The hub as one `fetch`: the same on every runtime. Each surface can be left to a port of its own. */
export function createApp(
  needs: HookNeeds &
    InlineHookNeeds &
    MetricsNeeds & {
      ready(): Promise<void>
      log: Log
      leaving?: Leaving
      /** Left out: there is no API at this address. */
      api?: LazyApi
      /** Left out: nobody signs in here. */
      signin?: LinkNeeds
      /** Left out: nobody signs in by OpenID Connect. */
      oidc?: Hono<{ Variables: Traced }> | undefined
    },
  surfaces: readonly Surface[] = bothSurfaces,
): Hono {
  const app = new Hono({ getPath: readPath })
  if (needs.leaving) app.use(closeWhenLeaving(needs.leaving))
  app.use(refuseDotSegments)
  app.route('/', serveHealth(needs))
  if (surfaces.includes('vendors')) {
    app.route('/', serveHooks(needs))
    app.route('/', serveInlineHooks(needs))
  }
  if (surfaces.includes('inside')) addInside(app, needs)
  app.notFound((c) =>
    sendProblem(c, { status: 404, code: 'not_found', title: 'Not found', detail: 'Nothing lives at this address.' }),
  )
  app.onError((thrown, c) => {
    needs.log.error({ err: thrown, path: c.req.path }, 'A request failed')
    return sendProblem(c, {
      status: 500,
      code: 'internal',
      title: 'Internal error',
      detail: 'The fault is on this side.',
    })
  })
  return app
}

type Inside = MetricsNeeds & { api?: LazyApi; signin?: LinkNeeds; oidc?: Hono<{ Variables: Traced }> | undefined }

function addInside(app: Hono, { api, signin, oidc, ...metrics }: Inside): void {
  app.route('/', serveMetrics(metrics))
  if (signin) app.route('/', serveLinks(signin))
  if (oidc) app.route('/', oidc)
  if (api) app.all('/api/*', (c) => api.fetch(c.req.raw, c.env))
}

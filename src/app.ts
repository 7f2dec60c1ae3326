import { Hono } from 'hono'
import type { Log } from './core/log.ts'
import { health } from './http/health.ts'
import { type HooksParts, hooks } from './http/hooks.ts'
import { type InlineHooksParts, inlineHooks } from './http/inline-hooks.ts'
import { type Measure, metrics } from './http/metrics.ts'
import { problem } from './http/problem.ts'

/** The hub as one `fetch`: the same on every runtime. */
export function createApp(
  parts: HooksParts & InlineHooksParts & { ready(): Promise<void>; measure: Measure; log: Log },
): Hono {
  const app = new Hono()
  app.route('/', health(parts))
  app.route('/', metrics(parts))
  app.route('/', hooks(parts))
  app.route('/', inlineHooks(parts))
  app.notFound((c) =>
    problem(c, { status: 404, code: 'not_found', title: 'Not found', detail: 'Nothing lives at this address.' }),
  )
  app.onError((thrown, c) => {
    parts.log.error({ err: thrown, path: c.req.path }, 'A request failed')
    return problem(c, { status: 500, code: 'internal', title: 'Internal error', detail: 'The fault is on this side.' })
  })
  return app
}

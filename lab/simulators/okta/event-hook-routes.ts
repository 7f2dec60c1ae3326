import { Hono } from 'hono'
import { OktaFault } from './errors.ts'
import { renderEventHook } from './event-hook.ts'
import type { EventHookRegistry } from './event-hook-registry.ts'
import { readJsonBody } from './request-body.ts'

/** The registration API below `/api/v1/eventHooks` (Okta docs: Event Hooks API). */
export function eventHookRoutes({ url, hooks }: { url: string; hooks: EventHookRegistry }): Hono {
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

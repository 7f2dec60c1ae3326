import { Hono } from 'hono'
import { renderAction } from './action.ts'
import type { ActionBinding, ActionStore } from './action-store.ts'
import { Auth0Fault } from './errors.ts'
import type { ManagementTokens } from './management-tokens.ts'
import { offsetPage, readBody } from './requests.ts'

const TRIGGER = { id: 'post-login', version: 'v3', status: 'CURRENT', runtimes: ['node22'], default_runtime: 'node22' }

/** Which Actions a trigger runs, and in which order (Auth0 docs: Management API, trigger bindings). */
export function triggerRoutes({ actions, tokens }: { actions: ActionStore; tokens: ManagementTokens }): Hono {
  const routes = new Hono()

  const render = (binding: ActionBinding) => ({
    id: binding.id,
    trigger_id: binding.triggerId,
    display_name: binding.displayName,
    action: renderAction(actions.get(binding.actionId)),
    created_at: binding.createdAt,
    updated_at: binding.createdAt,
  })

  routes.get('/triggers', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:actions'])
    return c.json({ triggers: [TRIGGER] })
  })
  routes.get('/triggers/:trigger/bindings', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:actions'])
    const bindings = actions.bindings(assertTrigger(c.req.param('trigger')))
    const { page, perPage } = offsetPage(c, { perPage: 20 })
    const shown = bindings.slice(page * perPage, (page + 1) * perPage).map(render)
    return c.json({ total: bindings.length, page, per_page: perPage, bindings: shown })
  })
  routes.patch('/triggers/:trigger/bindings', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:actions'])
    const bindings = actions.bind(assertTrigger(c.req.param('trigger')), await readBody(c))
    return c.json({ bindings: bindings.map(render) })
  })

  return routes
}

function assertTrigger(trigger: string): string {
  if (trigger === TRIGGER.id) return trigger
  throw new Auth0Fault(400, `This tenant runs no trigger ${trigger}.`, 'invalid_uri')
}

import { Hono } from 'hono'
import { findDeployedVersion, renderAction, renderVersion } from './action.ts'
import type { ActionBinding, ActionStore } from './action-store.ts'
import { Auth0Fault } from './errors.ts'
import type { ManagementTokens } from './management-tokens.ts'
import { readBody, readPaging } from './requests.ts'
import type { TenantState } from './tenant-state.ts'

/** Actions and their versions (Auth0 docs: Management API, actions). */
export function createActionRoutes({ actions, tokens }: Pick<TenantState, 'actions' | 'tokens'>): Hono {
  const routes = new Hono()

  routes.get('/actions', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:actions'])
    const { actionName, triggerId, deployed } = c.req.query()
    const found = actions
      .list()
      .filter(({ name }) => actionName === undefined || name === actionName)
      .filter((action) => triggerId === undefined || action.supported_triggers.some(({ id }) => id === triggerId))
      .filter((action) => deployed === undefined || String(findDeployedVersion(action) !== undefined) === deployed)
    const { page, perPage } = readPaging(c, { perPage: 20 })
    const shown = found.slice(page * perPage, (page + 1) * perPage).map(renderAction)
    return c.json({ total: found.length, page, per_page: perPage, actions: shown })
  })
  routes.post('/actions', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['create:actions'])
    return c.json(renderAction(actions.create(await readBody(c))), 201)
  })
  routes.get('/actions/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:actions'])
    return c.json(renderAction(actions.get(c.req.param('id'))))
  })
  routes.patch('/actions/:id', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:actions'])
    return c.json(renderAction(actions.update(c.req.param('id'), await readBody(c))))
  })
  routes.delete('/actions/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['delete:actions'])
    actions.remove(c.req.param('id'), { force: c.req.query('force') === 'true' })
    return c.body(null, 204)
  })
  routes.post('/actions/:id/deploy', (c) => {
    tokens.authorize(c.req.header('authorization'), ['create:actions'])
    const action = actions.deploy(c.req.param('id'))
    const version = findDeployedVersion(action)
    return c.json(version ? renderVersion(action, version) : {}, 202)
  })
  routes.get('/actions/:id/versions', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:actions'])
    const action = actions.get(c.req.param('id'))
    const { page, perPage } = readPaging(c, { perPage: 20 })
    // Newest first.
    const versions = action.versions.toReversed().slice(page * perPage, (page + 1) * perPage)
    const shown = versions.map((version) => renderVersion(action, version))
    return c.json({ total: action.versions.length, page, per_page: perPage, versions: shown })
  })

  return routes
}

const TRIGGER = { id: 'post-login', version: 'v3', status: 'CURRENT', runtimes: ['node22'], default_runtime: 'node22' }

/** Which Actions a trigger runs, and in which order (Auth0 docs: Management API, trigger bindings). */
export function createTriggerRoutes({ actions, tokens }: { actions: ActionStore; tokens: ManagementTokens }): Hono {
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
    const { page, perPage } = readPaging(c, { perPage: 20 })
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

import { Hono } from 'hono'
import { deployedVersion, renderAction, renderVersion } from './action.ts'
import type { ActionStore } from './action-store.ts'
import type { ManagementTokens } from './management-tokens.ts'
import { offsetPage, readBody } from './requests.ts'

type Parts = { actions: ActionStore; tokens: ManagementTokens }

/** Actions and their versions (Auth0 docs: Management API, actions). */
export function actionRoutes({ actions, tokens }: Parts): Hono {
  const routes = new Hono()

  routes.get('/actions', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:actions'])
    const { actionName, triggerId, deployed } = c.req.query()
    const found = actions
      .list()
      .filter(({ name }) => actionName === undefined || name === actionName)
      .filter((action) => triggerId === undefined || action.supported_triggers.some(({ id }) => id === triggerId))
      .filter((action) => deployed === undefined || String(deployedVersion(action) !== undefined) === deployed)
    const { page, perPage } = offsetPage(c, { perPage: 20 })
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
    const version = deployedVersion(action)
    return c.json(version ? renderVersion(action, version) : {}, 202)
  })
  routes.get('/actions/:id/versions', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:actions'])
    const action = actions.get(c.req.param('id'))
    const { page, perPage } = offsetPage(c, { perPage: 20 })
    // Newest first.
    const versions = action.versions.toReversed().slice(page * perPage, (page + 1) * perPage)
    const shown = versions.map((version) => renderVersion(action, version))
    return c.json({ total: action.versions.length, page, per_page: perPage, versions: shown })
  })

  return routes
}

import { Hono } from 'hono'
import { isJsonObject } from '../values.ts'
import type { GitHubTenantState } from './credentials.ts'
import { answerGraphql } from './graphql.ts'
import { createInvitationRoutes } from './invitation-routes.ts'
import { createMembershipRoutes, createRoleRoutes } from './membership-routes.ts'
import { renderPublicUser } from './render.ts'
import { GitHubFault, notFound, readBody, renderFault } from './requests.ts'

/** GitHub's REST API as far as organizations, teams and who a user is, and `/graphql`. */
export function createGitHubApp(state: GitHubTenantState): Hono {
  const { url, directory, credentials } = state
  const app = new Hono()

  app.get('/orgs/:org/installation', (c) => {
    const found = credentials.app(c.req.header('authorization'))
    const org = c.req.param('org')
    if (!found.installedIn.includes(org)) throw notFound()
    return c.json({ id: credentials.installationId(found, org), app_id: found.appId, target_type: 'Organization' })
  })
  app.post('/app/installations/:id/access_tokens', (c) => {
    const found = credentials.app(c.req.header('authorization'))
    const id = Number(c.req.param('id'))
    if (!found.installedIn.some((org) => credentials.installationId(found, org) === id)) throw notFound()
    return c.json({ ...credentials.issue(found), repository_selection: 'all' }, 201)
  })
  app.post('/graphql', async (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'read')
    const { query, variables } = await readBody(c)
    const given = isJsonObject(variables) ? variables : {}
    return c.json(answerGraphql(directory, { query: String(query), variables: given }))
  })
  app.get('/user', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'none')
    return c.json(renderPublicUser(url, { id: 1, login: 'hub-bot', verifiedEmails: [] }))
  })
  app.get('/app', (c) => {
    const { appId } = credentials.app(c.req.header('authorization'))
    return c.json({ id: appId, slug: 'bellhop', name: 'Bellhop' })
  })
  app.get('/user/:id', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'none')
    const found = directory.accountById(Number(c.req.param('id')))
    if (!found) throw notFound()
    return c.json(renderPublicUser(url, found))
  })
  app.route('/', createMembershipRoutes(state))
  app.route('/', createInvitationRoutes(state))
  app.route('/', createRoleRoutes(state))

  app.notFound(() => renderFault(notFound()))
  app.onError((error) => renderFault(error instanceof GitHubFault ? error : new GitHubFault(500, 'Server Error')))
  return app
}

import { Hono } from 'hono'
import { isJsonObject } from '../json.ts'
import { readBody } from './body.ts'
import type { Credentials } from './credentials.ts'
import type { Directory } from './directory.ts'
import { GitHubFault, notFound, renderFault } from './errors.ts'
import { answerGraphql } from './graphql.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { membershipRoutes } from './membership-routes.ts'
import { renderPublicUser } from './render.ts'
import { roleRoutes } from './role-routes.ts'

type Parts = { url: string; directory: Directory; credentials: Credentials }

/** GitHub's REST API as far as organizations, teams and who somebody is, and `/graphql`. */
export function createGitHubApp(parts: Parts): Hono {
  const { url, directory, credentials } = parts
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
  app.get('/user/:id', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'none')
    const found = directory.accountById(Number(c.req.param('id')))
    if (!found) throw notFound()
    return c.json(renderPublicUser(url, found))
  })
  app.route('/', membershipRoutes(parts))
  app.route('/', invitationRoutes(parts))
  app.route('/', roleRoutes(parts))

  app.notFound(() => renderFault(notFound()))
  app.onError((error) => renderFault(error instanceof GitHubFault ? error : new GitHubFault(500, 'Server Error')))
  return app
}

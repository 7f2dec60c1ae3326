import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { isJsonObject, randomId } from '../values.ts'
import { renderAppLink } from './application.ts'
import type { ApplicationDirectory } from './application-directory.ts'
import { notFound, OktaFault } from './errors.ts'
import { renderGroup } from './group.ts'
import type { GroupDirectory } from './group-directory.ts'
import { isApiVerb } from './lifecycle.ts'
import { ADMIN } from './log-event.ts'
import { cutPage, readJsonBody, renderPageLinks } from './requests.ts'
import { type OktaUser, renderUser } from './user.ts'
import type { UserDirectory } from './user-directory.ts'

/** What the APIs of people, groups and applications serve. */
export type OrgState = {
  url: string
  users: UserDirectory
  groups: GroupDirectory
  applications: ApplicationDirectory
  /** The most entries on one page of a list of groups or members: 200 at Okta. */
  pageSize?: number | undefined
}

/** The Users API below `/api/v1/users` (Okta docs: Users API; user lifecycle). */
export function createUserRoutes({ url, users, groups, applications, pageSize }: OrgState): Hono {
  const routes = new Hono()

  const answerUser = (c: Context, user: OktaUser) => answerWithEtag(c, renderUser(user, url))

  routes.get('/', (c) => {
    const page = users.query(c.req.query())
    c.header('link', renderPageLinks(c.req.url, { url, next: page.next }))
    return c.json(page.users.map((user) => renderUser(user, url)))
  })

  routes.post('/', async (c) => {
    const body = await readJsonBody(c)
    const activate = c.req.query('activate') !== 'false'
    const profile = isJsonObject(body.profile) ? body.profile : {}
    return answerUser(c, users.create({ profile, hasPassword: hasPassword(body), activate }))
  })

  routes.get('/me', (c) => {
    // An access token of a service app stands for no user (Okta docs: get a user).
    if (!c.req.header('authorization')?.startsWith('SSWS ')) throw notFound('me', 'User')
    return answerUser(c, adminUser())
  })

  routes.get('/:id', (c) => answerUser(c, users.get(c.req.param('id'))))

  routes.get('/:id/groups', (c) => {
    const { items, next } = cutPage(groups.ofUser(c.req.param('id')), c.req.query(), pageSize)
    c.header('link', renderPageLinks(c.req.url, { url, next }))
    return c.json(items.map((group) => renderGroup(group, url)))
  })

  routes.get('/:id/appLinks', (c) =>
    c.json(applications.ofUser(c.req.param('id')).map((application) => renderAppLink(application, url))),
  )

  routes.post('/:id', async (c) => {
    const body = await readJsonBody(c)
    const changes = isJsonObject(body.profile) ? body.profile : {}
    return answerUser(c, users.updateProfile(c.req.param('id'), changes))
  })

  routes.delete('/:id', (c) => {
    users.remove(c.req.param('id'), { async: wantsAsync(c) })
    return c.body(null, 204)
  })

  routes.post('/:id/lifecycle/:verb', (c) => {
    const { id, verb } = c.req.param()
    if (!isApiVerb(verb)) throw new OktaFault('E0000008')
    const user = users.transition(id, verb, { async: wantsAsync(c) })
    if (verb === 'expire_password') return answerUser(c, user)
    return answerLifecycle(c, { verb, user, url })
  })

  return routes
}

function answerWithEtag(c: Context, body: ReturnType<typeof renderUser>) {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  c.header('etag', `W/"${digest.slice(0, 16)}"`)
  return c.json(body)
}

// Suspend and its like answer 200 without a body; the SDK parses whatever else it is given.
function answerLifecycle(c: Context, { verb, user, url }: { verb: string; user: OktaUser; url: string }) {
  const startsWelcome = verb === 'activate' || verb === 'reactivate'
  if (!startsWelcome && verb !== 'reset_password') return c.body(null, 200)
  if (c.req.query('sendEmail') !== 'false') return c.json({})
  const token = randomId('XE', 20)
  if (!startsWelcome) return c.json({ resetPasswordUrl: `${url}/reset_password/${token}` })
  if (user.status === 'ACTIVE') return c.json({})
  return c.json({ activationUrl: `${url}/welcome/${token}`, activationToken: token })
}

function wantsAsync(c: Context): boolean {
  return c.req.header('prefer') === 'respond-async'
}

function hasPassword(body: Record<string, unknown>): boolean {
  const credentials = body.credentials
  return isJsonObject(credentials) && isJsonObject(credentials.password)
}

/** The administrator behind the API token: known to `/users/me` only, so that the org's people are the seeded ones. */
function adminUser(): OktaUser {
  const at = '2026-01-01T00:00:00.000Z'
  const { id, alternateId } = ADMIN
  return {
    id,
    status: 'ACTIVE',
    created: at,
    activated: at,
    statusChanged: at,
    lastLogin: null,
    lastUpdated: at,
    passwordChanged: at,
    hasPassword: true,
    profile: { login: alternateId, email: alternateId, firstName: 'Ops', lastName: 'Robot' },
  }
}

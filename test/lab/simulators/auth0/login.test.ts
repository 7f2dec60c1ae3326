import { expect, test } from 'vitest'
import { auth0WithClient, DATABASE, DATABASE_ID, ENTERPRISE_ID, field } from '../../../support/tenant-clients.ts'

const handler = (body: string) => `exports.onExecutePostLogin = async (event, api) => { ${body} }`
const DENY_FLAGGED = handler(
  'if (event.user.app_metadata.okta?.deactivated) api.access.deny("Ask your administrator.")',
)
const FLAG = { app_metadata: { okta: { deactivated: true } } }

test('a login without any Action opens a session with a refresh token', async () => {
  const { auth0, login, exchange } = await auth0WithClient()
  await using _ = auth0
  const answer = await login({ email: 'LENA.park@acme.test', connection: DATABASE })

  expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', actions_run: [] } })
  expect(auth0.sessions.ofUser(DATABASE_ID)).toHaveLength(1)
  expect(auth0.users.get(DATABASE_ID)).toMatchObject({ logins_count: 1 })
  expect((await exchange(field(answer, 'refresh_token'))).status).toBe(200)
})

test('a blocked user is refused before any Action, everywhere', async () => {
  const { auth0, login, exchange } = await auth0WithClient({ actions: [{ name: 'deny', code: DENY_FLAGGED }] })
  await using _ = auth0
  const before = await login({ user_id: ENTERPRISE_ID })
  auth0.users.patch(ENTERPRISE_ID, { blocked: true, ...FLAG })
  const refused = await login({ user_id: ENTERPRISE_ID })
  const silent = await login({ mode: 'silent', session: field(before, 'session_id') })
  const refresh = await exchange(field(before, 'refresh_token'))

  const blocked = { error: 'unauthorized', error_description: 'user is blocked', actions_run: [] }
  expect(refused).toMatchObject({ status: 403, body: blocked })
  expect(silent).toMatchObject({ status: 403, body: blocked })
  expect(refresh).toMatchObject({ status: 403, body: { error: 'invalid_grant', error_description: 'user is blocked' } })
  expect(auth0.logins.map(({ actions }) => actions)).toEqual([['deny'], [], [], []])
})

test("an Action's denial reaches the user, a silent login and a refresh alike", async () => {
  const { auth0, login, exchange } = await auth0WithClient({ actions: [{ name: 'deny', code: DENY_FLAGGED }] })
  await using _ = auth0
  const before = await login({ user_id: ENTERPRISE_ID })
  auth0.users.patch(ENTERPRISE_ID, FLAG)
  const answers = [
    await login({ user_id: ENTERPRISE_ID }),
    await login({ mode: 'silent', session: field(before, 'session_id') }),
    await exchange(field(before, 'refresh_token')),
  ]

  for (const answer of answers) {
    expect(answer).toMatchObject({
      status: 403,
      body: { error: 'access_denied', error_description: 'Ask your administrator.' },
    })
  }
  expect(auth0.logins.slice(1).map(({ actions }) => actions)).toEqual([['deny'], ['deny'], ['deny']])
})

test('a silent login without a live session is login_required', async () => {
  const { auth0, login } = await auth0WithClient()
  await using _ = auth0

  expect((await login({ mode: 'silent' })).body).toMatchObject({ error: 'login_required' })
})

test('an Action can tell an exchange, a silent login and the person apart', async () => {
  const log = handler(
    'console.log(event.transaction.protocol, event.transaction.prompt, event.user.email, event.connection.strategy, event.secrets.KEY, "blocked" in event.user)',
  )
  const secrets = [{ name: 'KEY', value: 'v1' }]
  const { auth0, login, exchange } = await auth0WithClient({ actions: [{ name: 'log', code: log, secrets }] })
  await using _ = auth0
  const first = await login({ user_id: ENTERPRISE_ID })
  await login({ mode: 'silent', session: field(first, 'session_id') })
  await exchange(field(first, 'refresh_token'))

  expect(auth0.logins.flatMap(({ logs }) => logs)).toEqual([
    'oidc-basic-profile undefined Lena.Park@acme.test okta v1 false',
    'oidc-basic-profile none Lena.Park@acme.test okta v1 false',
    'oauth2-refresh-token undefined Lena.Park@acme.test okta v1 false',
  ])
})

test('Actions run in their order, and none after a denial', async () => {
  const actions = [
    { name: 'first', code: handler('') },
    { name: 'second', code: handler('api.access.deny("no")') },
    { name: 'third', code: handler('') },
  ]
  const { auth0, login } = await auth0WithClient({ actions })
  await using _ = auth0

  expect((await login({ user_id: DATABASE_ID })).body).toMatchObject({ actions_run: ['first', 'second'] })
})

test.each([
  ['throws', handler('throw new Error("bug")')],
  ['requires a module', handler('require("axios")')],
  ['uses fetch', handler('await fetch("https://x.test")')],
  ['reads the environment', handler('process.env.HOME')],
  ['does not come back', handler('await new Promise(() => {})')],
])('an Action that %s denies the login', async (_name, code) => {
  const { auth0, login } = await auth0WithClient({ actions: [{ name: 'broken', code }], actionTimeoutMs: 100 })
  await using _ = auth0

  expect(await login({ user_id: DATABASE_ID })).toMatchObject({ status: 403, body: { error: 'access_denied' } })
})

test('metadata that a denying Action has set is kept', async () => {
  const code = handler('api.user.setAppMetadata("seen", true); api.access.deny("no")')
  const { auth0, login } = await auth0WithClient({ actions: [{ name: 'mark', code }] })
  await using _ = auth0
  await login({ user_id: DATABASE_ID })

  expect(auth0.users.get(DATABASE_ID).app_metadata).toEqual({ seen: true })
})

test('an Action can end the session it was called in, on an Enterprise plan only', async () => {
  const code = handler('if (event.transaction.prompt) api.session ? api.session.revoke("gone") : console.log("no api")')
  const seen = []
  for (const enterprise of [true, false]) {
    const { auth0, login } = await auth0WithClient({ enterprise, actions: [{ name: 'revoke', code }] })
    await using _ = auth0
    const first = await login({ user_id: DATABASE_ID })
    const silent = await login({ mode: 'silent', session: field(first, 'session_id') })
    seen.push([silent.status, auth0.sessions.ofUser(DATABASE_ID).length, auth0.sessions.refreshTokens().length])
  }

  expect(seen).toEqual([
    [403, 0, 0],
    [200, 1, 1],
  ])
})

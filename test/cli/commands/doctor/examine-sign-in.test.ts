import { afterAll, expect, test } from 'vitest'
import auth0 from '../../../../connectors/auth0/index.ts'
import okta from '../../../../connectors/okta/index.ts'
import { examineSignIn } from '../../../../src/cli/commands/doctor/examine-sign-in.ts'
import { readHubSettings } from '../../../../src/core/hub-settings.ts'
import { clientId, clientSecret, startIssuer } from '../../../support/issuer.ts'

const issuer = await startIssuer()
afterAll(() => issuer[Symbol.asyncDispose]())

const examine = (facts: Record<string, string> = {}, { orgUrl = issuer.url, offline = false } = {}) => {
  const hub = readHubSettings({
    HUB_CONSOLE_URL: 'https://hub.acme.com',
    HUB_CONSOLE_ISSUER: issuer.url,
    HUB_CONSOLE_CLIENT_ID: clientId,
    HUB_CONSOLE_CLIENT_SECRET: clientSecret,
    HUB_CONSOLE_ROLES: 'admin=claim:bellhop-admins',
    ...facts,
  })
  const connectors = [
    { id: 'okta', connector: okta, config: { OKTA_ORG_URL: orgUrl } },
    { id: 'auth0', connector: auth0, config: { AUTH0_DOMAIN: 'acme.eu.auth0.com', AUTH0_OKTA_CONNECTIONS: [] } },
  ]
  return examineSignIn({ hub, connectors }, { offline })
}

test('the issuer answers, and the address to register there is shown', async () => {
  expect(await examine()).toEqual([
    { name: 'sign-in', status: 'ok', detail: expect.stringContaining('https://hub.acme.com/signin/callback') },
    { name: 'sign-in', status: 'ok', detail: `the issuer ${issuer.url} answers` },
  ])
  issuer.calls.length = 0
  expect(await examine({}, { offline: true })).toHaveLength(1)
})

test('an issuer that is another than the setting says, or that is not there, is a problem with its fix', async () => {
  for (const wrong of [`${issuer.url}/oauth2/default`, 'http://127.0.0.1:9']) {
    expect(await examine({ HUB_CONSOLE_ISSUER: wrong })).toContainEqual({
      name: 'sign-in',
      status: 'problem',
      detail: expect.stringContaining(`the discovery document of ${wrong} cannot be read`),
      fix: expect.stringContaining('/.well-known/openid-configuration'),
    })
  }
})

test('rules that nobody can meet are warnings', async () => {
  const warningsOf = async (...asked: Parameters<typeof examine>) =>
    (await examine(...asked))
      .filter(({ status }) => status === 'warning')
      .map(({ name, detail }) => `${name} ${detail}`)
  expect(await warningsOf()).toEqual([])
  const elsewhere = { orgUrl: 'https://acme.okta.com' }
  expect(await warningsOf({}, elsewhere)).toEqual([expect.stringContaining('so that everybody is a viewer')])
  expect(await warningsOf({ HUB_CONSOLE_ROLES: 'viewer=claim:all' }, elsewhere)).toEqual([])
  expect(await warningsOf({ HUB_CONSOLE_ROLES: 'admin=subject:ann@acme.com' })).toEqual([
    expect.stringContaining('a rule with subject: holds an e-mail'),
  ])
  const atAuth0 = { HUB_CONSOLE_ISSUER: 'https://acme.eu.auth0.com/' }
  expect(await warningsOf(atAuth0, { offline: true })).toEqual([
    expect.stringContaining('HUB_CONSOLE_ROLES_CLAIM groups is no name that Auth0 puts claims of an Action under'),
  ])
  expect(
    await warningsOf({ ...atAuth0, HUB_CONSOLE_ROLES_CLAIM: 'https://acme.com/roles' }, { offline: true }),
  ).toEqual([])
})

test('nothing is said of a hub without an issuer', async () => {
  expect(await examineSignIn({ hub: readHubSettings({}), connectors: [] }, { offline: false })).toEqual([])
})

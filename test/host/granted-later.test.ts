import { expect, test } from 'vitest'
import auth0 from '../../connectors/auth0/index.ts'
import type { Auth0Client } from '../../connectors/auth0/tenant/client.ts'
import { config as schema } from '../../connectors/auth0/tenant/config.ts'
import { makeAuth0Environment } from '../../lab/environment.ts'
import { startAuth0Tenant } from '../../lab/simulators/auth0/server.ts'
import type { KeptTokens } from '../../src/core/kept-tokens.ts'
import { silentLog } from '../../src/core/log.ts'
import { install, withClient } from '../../src/host/installed.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'

type Client = { clientId: string; clientSecret: string; scopes: string[] }

const makeClient = (): Client => ({
  clientId: 'hub',
  clientSecret: 'very-secret-value',
  scopes: ['read:users', 'update:users'],
})

/** A tenant with one user, and the connector on it with a clock of its own: one client, or a new one for each call. */
async function startRevoking(client: Client, { anew }: { anew: boolean }) {
  const database = 'Username-Password-Authentication'
  const tenant = await startAuth0Tenant({ clients: [client], users: [{ connection: database, id: 'tuva' }] })
  let seconds = 0
  const clock = { now: () => new Date(seconds * 1000) }
  const config = schema.parse({
    ...makeAuth0Environment(tenant),
    AUTH0_CLIENT_ID: client.clientId,
    AUTH0_CLIENT_SECRET: client.clientSecret,
  })
  const outbound = makeOutbound({ timeoutSeconds: 5, clock })(config)
  const tokens: KeptTokens = new Map()
  const installOne = () =>
    install({ id: 'auth0', connector: auth0, config }, { outbound, log: silentLog, clock, tokens })
  const one = installOne()
  return {
    logOut(at: number) {
      seconds = at
      const revoke = (sdk: unknown) => (sdk as Auth0Client).revokeAccess('auth0|tuva')
      return withClient(anew ? installOne() : one, revoke).catch((thrown: Error) => thrown.name)
    },
    countTokens: () => tenant.calls.filter(({ path }) => path === '/oauth/token').length,
    [Symbol.asyncDispose]: tenant.close,
  }
}

const later = ['delete:sessions', 'delete:refresh_tokens']

test('a scope of Auth0 that is granted after the token was made counts within minutes, with one new token (case 14)', async () => {
  const client = makeClient()
  await using revoking = await startRevoking(client, { anew: false })
  expect(await revoking.logOut(0)).toBe('MissingRightError')
  client.scopes = [...client.scopes, ...later]
  expect(await revoking.logOut(10)).toBe('MissingRightError')
  expect(await revoking.logOut(120)).toBe('revoked')
  expect(revoking.countTokens()).toBe(2)
})

test('so does it where each client is new, as on a Worker, and the token is an old one', async () => {
  const client = makeClient()
  await using revoking = await startRevoking(client, { anew: true })
  expect(await revoking.logOut(0)).toBe('MissingRightError')
  client.scopes = [...client.scopes, ...later]
  expect(await revoking.logOut(119)).toBe('MissingRightError')
  expect(revoking.countTokens()).toBe(1)
  expect(await revoking.logOut(120)).toBe('revoked')
  expect(await revoking.logOut(300)).toBe('revoked')
  expect(revoking.countTokens()).toBe(2)
})

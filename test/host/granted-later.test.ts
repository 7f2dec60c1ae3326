import { expect, test } from 'vitest'
import auth0 from '../../connectors/auth0/index.ts'
import type { Auth0Client } from '../../connectors/auth0/tenant/client.ts'
import { config as schema } from '../../connectors/auth0/tenant/config.ts'
import { makeAuth0Environment } from '../../lab/environment.ts'
import { startAuth0Tenant } from '../../lab/simulators/auth0/server.ts'
import { silentLog } from '../../src/core/log.ts'
import { install, withClient } from '../../src/host/installed.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'

test('a scope of Auth0 that is granted after the token was made counts within minutes, with one new token (case 14)', async () => {
  const client = { clientId: 'hub', clientSecret: 'very-secret-value', scopes: ['read:users', 'update:users'] }
  const database = 'Username-Password-Authentication'
  await using tenant = await startAuth0Tenant({ clients: [client], users: [{ connection: database, id: 'tuva' }] })
  let seconds = 0
  const clock = { now: () => new Date(seconds * 1000) }
  const config = schema.parse({
    ...makeAuth0Environment(tenant),
    AUTH0_CLIENT_ID: client.clientId,
    AUTH0_CLIENT_SECRET: client.clientSecret,
  })
  const outbound = makeOutbound({ timeoutSeconds: 5, clock })(config)
  const installed = install({ id: 'auth0', connector: auth0, config }, { outbound, log: silentLog, clock })
  const logOut = () =>
    withClient(installed, (sdk) => (sdk as Auth0Client).revokeAccess('auth0|tuva')).catch(
      (thrown: Error) => thrown.name,
    )

  expect(await logOut()).toBe('MissingRightError')
  client.scopes = [...client.scopes, 'delete:sessions', 'delete:refresh_tokens']
  seconds = 10
  expect(await logOut()).toBe('MissingRightError')
  seconds = 120
  expect(await logOut()).toBe('revoked')
  expect(tenant.calls.filter(({ path }) => path === '/oauth/token')).toHaveLength(2)
})

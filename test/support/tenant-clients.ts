import { type Auth0Tenant, type Auth0TenantOptions, startAuth0Tenant } from '../../lab/simulators/auth0/server.ts'
import { type OktaTenant, type OktaTenantOptions, startOktaTenant } from '../../lab/simulators/okta/server.ts'
import { isJsonObject } from '../../lab/simulators/values.ts'
import { createJsonClient, type JsonAnswer, type JsonClient } from './json-client.ts'
import { loadOpenApi } from './openapi.ts'

export const LENA = {
  id: '00utestLENAPARK00001',
  profile: { login: 'lena.park@acme.test', email: 'lena.park@acme.test', firstName: 'Lena', lastName: 'Park' },
}

/** A tenant with one person, Lena, and a client whose every answer is checked against Okta's OpenAPI document. */
export async function oktaWithClient(options: OktaTenantOptions = {}): Promise<{ okta: OktaTenant; call: JsonClient }> {
  const okta = await startOktaTenant({ users: [LENA], ...options })
  const headers = { authorization: `SSWS ${okta.token}` }
  return { okta, call: createJsonClient({ url: okta.url, headers, contract: loadOpenApi('okta') }) }
}

export const DATABASE = 'Username-Password-Authentication'

/** Lena twice: through Okta with capitals in her e-mail, and in the database. */
export const ENTERPRISE_LENA = { connection: 'acme-okta', id: '00utestLENA', email: 'Lena.Park@acme.test' }
export const DATABASE_LENA = { connection: DATABASE, id: 'lena1', email: 'Lena.Park@acme.test' }
export const ENTERPRISE_ID = 'okta|acme-okta|00utestLENA'
export const DATABASE_ID = 'auth0|lena1'

type Auth0Fixture = {
  auth0: Auth0Tenant
  /** With a Management API token; every answer is checked against Auth0's OpenAPI document. */
  call: JsonClient
  login: (body: { [key: string]: unknown }) => Promise<JsonAnswer>
  exchange: (refreshToken: unknown) => Promise<JsonAnswer>
}

export async function auth0WithClient(options: Auth0TenantOptions = {}): Promise<Auth0Fixture> {
  const auth0 = await startAuth0Tenant({ users: [ENTERPRISE_LENA, DATABASE_LENA], ...options })
  const headers = { authorization: `Bearer ${await managementToken(auth0)}` }
  const call = createJsonClient({ url: auth0.url, headers, contract: loadOpenApi('auth0') })
  const anonymous = createJsonClient({ url: auth0.url })
  return {
    auth0,
    call,
    login: (body) => anonymous('POST', '/login', body),
    exchange: (refreshToken) =>
      anonymous('POST', '/oauth/token', {
        grant_type: 'refresh_token',
        client_id: 'demo-app',
        refresh_token: refreshToken,
      }),
  }
}

/** A token for the first client of the tenant. */
export async function managementToken(auth0: Auth0Tenant): Promise<string> {
  const { body } = await createJsonClient({ url: auth0.url })('POST', '/oauth/token', {
    grant_type: 'client_credentials',
    client_id: auth0.client.clientId,
    client_secret: auth0.client.clientSecret,
    audience: `https://${auth0.domain}/api/v2/`,
  })
  return field({ body }, 'access_token')
}

/** A text field of an answer's body. */
export function field({ body }: Pick<JsonAnswer, 'body'>, name: string): string {
  return isJsonObject(body) ? String(body[name]) : ''
}

import { type OktaTenant, type OktaTenantOptions, startOktaTenant } from '../../lab/simulators/okta/server.ts'
import { createJsonClient, type JsonClient } from './json-client.ts'
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

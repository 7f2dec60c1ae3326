import { CredentialError, MissingRightError } from '../../../src/index.ts'
import type { OktaAnswer, OktaClient } from '../org/client.ts'

/**
 * The client of the granting credential: connected at its first call, and anew when Okta no longer takes its token.
 * A refused credential is a `MissingRightError` here and not a `CredentialError`: that one would pause the connector,
 * which is the authority too, and with it every lockout of every other connector.
 */
export function makeGranter(connect: () => Promise<OktaClient>): OktaClient {
  let connected: Promise<OktaClient> | undefined

  const client = () => {
    connected ??= connect().catch((thrown) => {
      connected = undefined
      throw thrown
    })
    return connected
  }

  const ask = async (question: (client: OktaClient) => Promise<OktaAnswer>): Promise<OktaAnswer> => {
    try {
      return await question(await client())
    } catch (thrown) {
      throw thrown instanceof CredentialError ? refused(thrown.message) : thrown
    }
  }

  const askAnew = async (question: (client: OktaClient) => Promise<OktaAnswer>): Promise<OktaAnswer> => {
    const first = await ask(question)
    if (first.ok || first.status !== 401) return first
    // A token may have been revoked early while the key is good; and what was answered with 401 was not done.
    connected = undefined
    const second = await ask(question)
    if (second.ok || second.status !== 401) return second
    throw refused(['401', second.code, second.summary].filter(Boolean).join(' '))
  }

  return {
    get: (request) => askAnew((granter) => granter.get(request)),
    send: (request) => askAnew((granter) => granter.send(request)),
  }
}

function refused(why: string): MissingRightError {
  const fix = 'Mend OKTA_GRANTS_API_TOKEN, or OKTA_GRANTS_CLIENT_ID with its key; "npm run hub -- doctor" looks at it.'
  return new MissingRightError(`Okta does not take the credential that grants: ${why} ${fix}`)
}

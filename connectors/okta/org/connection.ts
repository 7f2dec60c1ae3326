import { type ConnectContext, CredentialError, MissingRightError } from '../../../src/index.ts'
import type { OktaAnswer } from './client.ts'
import { connectOkta, type OktaClient } from './client.ts'
import type { OktaConfig } from './config.ts'

/**
 * The connector's two ways into one org: the credential that reads people, and beside it `granter`, the one that
 * changes groups and apps. They are kept apart so that whoever gets hold of the first can change nothing.
 */
export type OktaConnection = OktaClient & {
  /** The instance's id, and with it the source of this org's people. */
  id: string
  granter: OktaClient
}

/** Okta docs: OAuth 2.0 scopes; the `manage` ones include reading. */
const grantingScopes = ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read']

/** The granter connects at its first call: a hub that grants nothing never needs it, and no lockout waits for it. */
export async function connect(context: ConnectContext<OktaConfig>): Promise<OktaConnection> {
  const { id, config, fetch, retry } = context
  const orgUrl = config.OKTA_ORG_URL
  const reader = await connectOkta({ orgUrl, credential: config, scopes: ['okta.users.read'], fetch, retry })
  return { ...reader, id, granter: makeGranter(() => connectGranter(context)) }
}

async function connectGranter({ config, fetch, retry }: ConnectContext<OktaConfig>): Promise<OktaClient> {
  const credential = {
    OKTA_API_TOKEN: config.OKTA_GRANTS_API_TOKEN,
    OKTA_CLIENT_ID: config.OKTA_GRANTS_CLIENT_ID,
    OKTA_PRIVATE_KEY: config.OKTA_GRANTS_PRIVATE_KEY,
    OKTA_KEY_ID: config.OKTA_GRANTS_KEY_ID,
  }
  // The list may have been emptied while access that it allowed once is still to be taken away.
  if (!Object.values(credential).some(Boolean)) throw new CredentialError('none is set.')
  return connectOkta({
    orgUrl: config.OKTA_ORG_URL,
    credential,
    scopes: grantingScopes,
    fetch,
    retry,
    keySetting: 'OKTA_GRANTS_PRIVATE_KEY',
  })
}

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

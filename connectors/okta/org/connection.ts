import { type ConnectContext, CredentialError, errorMessage, MissingRightError } from '../../../src/index.ts'
import type { OktaAnswer } from './client.ts'
import { connectOkta, type OktaClient } from './client.ts'
import type { OktaConfig } from './config.ts'

/**
 * The connector's two clients of one org: the client itself reads people, and `granter` changes groups and applications
 * with a second credential. Two credentials, so that a person who steals the first one can change nothing.
 */
export type OktaConnection = OktaClient & {
  /** The id of the connector's instance, which is the source of this org's people too. */
  id: string
  granter: OktaClient
}

/** A scope with `manage` includes reading (Okta docs: OAuth 2.0 scopes). */
const grantingScopes = ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read']

/** The granter connects at its first call: a hub that grants nothing does not need it, and no lockout waits for it. */
export async function connect(context: ConnectContext<OktaConfig>): Promise<OktaConnection> {
  const { id, config, fetch, retry } = context
  const orgUrl = config.OKTA_ORG_URL
  const reader = await connectOkta({ orgUrl, credential: config, scopes: listReadingScopes(config), fetch, retry })
  return { ...reader, id, granter: makeGranter(() => connectGranter(context)) }
}

/** Whether a group or an application is there at all, is read with scopes of their own. */
function listReadingScopes({ OKTA_LEAVE_APPS, OKTA_LEAVE_GROUPS }: OktaConfig): string[] {
  return [
    'okta.users.read',
    ...(OKTA_LEAVE_GROUPS.length > 0 ? ['okta.groups.read'] : []),
    ...(OKTA_LEAVE_APPS.length > 0 ? ['okta.apps.read'] : []),
  ]
}

async function connectGranter({ config, fetch, retry }: ConnectContext<OktaConfig>): Promise<OktaClient> {
  const credential = {
    OKTA_API_TOKEN: config.OKTA_GRANTS_API_TOKEN,
    OKTA_CLIENT_ID: config.OKTA_GRANTS_CLIENT_ID,
    OKTA_PRIVATE_KEY: config.OKTA_GRANTS_PRIVATE_KEY,
    OKTA_KEY_ID: config.OKTA_GRANTS_KEY_ID,
  }
  // OKTA_GRANTS may be empty by now while access that it allowed before must still be taken away.
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
 * Makes the client of the granting credential. It connects at the first call, and again when Okta refuses its token.
 * A refused credential becomes a `MissingRightError`. A `CredentialError` would pause the connector, which is the
 * authority too: every lockout of every other connector would wait.
 */
function makeGranter(connect: () => Promise<OktaClient>): OktaClient {
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
      throw thrown instanceof CredentialError ? toRefusalError(errorMessage(thrown)) : thrown
    }
  }

  const askTwice = async (question: (client: OktaClient) => Promise<OktaAnswer>): Promise<OktaAnswer> => {
    const first = await ask(question)
    if (first.ok || first.status !== 401) return first
    // The token may have been revoked while its key is still valid. What was answered with 401 was not carried out.
    connected = undefined
    const second = await ask(question)
    if (second.ok || second.status !== 401) return second
    throw toRefusalError(['401', second.code, second.summary].filter(Boolean).join(' '))
  }

  return {
    get: (request) => askTwice((granter) => granter.get(request)),
    send: (request) => askTwice((granter) => granter.send(request)),
  }
}

function toRefusalError(why: string): MissingRightError {
  const fix = 'Mend OKTA_GRANTS_API_TOKEN, or OKTA_GRANTS_CLIENT_ID with its key; "npm run hub -- doctor" looks at it.'
  return new MissingRightError(`Okta does not take the credential that grants: ${why} ${fix}`)
}

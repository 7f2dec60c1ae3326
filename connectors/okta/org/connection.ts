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
  /**
   * Sees whether groups and applications are there. Its scopes are asked for apart: Okta refuses a token whole for one
   * scope that is not granted, and then nobody's status could be read.
   */
  viewer: OktaClient
  /** Reads the System Log, where the credential may: who did something is told there. Its scope is asked for apart, too. */
  auditor: OktaClient
}

/** A scope with `manage` includes reading (Okta docs: OAuth 2.0 scopes). */
const grantingScopes = ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read']

/** The granter connects at its first call: a hub that grants nothing does not need it, and no lockout waits for it. */
export async function connect(context: ConnectContext<OktaConfig>): Promise<OktaConnection> {
  const { id, config, fetch, retry } = context
  const orgUrl = config.OKTA_ORG_URL
  const connectReader = (scopes: string[]) => connectOkta({ orgUrl, credential: config, scopes, fetch, retry })
  const reader = await connectReader(['okta.users.read'])
  const viewer = makeGuarded(() => connectReader(listViewingScopes(config)), toViewerError)
  const auditor = makeGuarded(() => connectReader(['okta.logs.read']), toAuditorError)
  return { ...reader, id, viewer, auditor, granter: makeGuarded(() => connectGranter(context), toRefusalError) }
}

function listViewingScopes({ OKTA_LEAVE_APPS, OKTA_LEAVE_GROUPS }: OktaConfig): string[] {
  return [
    ...(OKTA_LEAVE_GROUPS.length > 0 ? ['okta.groups.read'] : []),
    ...(OKTA_LEAVE_APPS.length > 0 ? ['okta.apps.read'] : []),
  ]
}

function toViewerError(why: string): MissingRightError {
  const fix =
    'Grant the app okta.groups.read and okta.apps.read, as far as OKTA_LEAVE_GROUPS and OKTA_LEAVE_APPS need them.'
  return new MissingRightError(`Okta does not let the hub see groups and applications: ${why} ${fix}`)
}

function toAuditorError(why: string): MissingRightError {
  return new MissingRightError(`Okta does not let the hub read the System Log: ${why}`)
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
 * Makes a client beside the one that reads people. It connects at the first call, and again when Okta refuses its token.
 * A refused credential becomes a `MissingRightError`. A `CredentialError` would pause the connector, which is the
 * authority too: every lockout of every other connector would wait.
 */
function makeGuarded(connect: () => Promise<OktaClient>, toError: (why: string) => MissingRightError): OktaClient {
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
      throw thrown instanceof CredentialError ? toError(errorMessage(thrown)) : thrown
    }
  }

  const askTwice = async (question: (client: OktaClient) => Promise<OktaAnswer>): Promise<OktaAnswer> => {
    const first = await ask(question)
    if (first.ok || first.status !== 401) return first
    // The token may have been revoked while its key is still valid. What was answered with 401 was not carried out.
    connected = undefined
    const second = await ask(question)
    if (second.ok || second.status !== 401) return second
    throw toError(['401', second.code, second.summary].filter(Boolean).join(' '))
  }

  return {
    get: (request) => askTwice((guarded) => guarded.get(request)),
    send: (request) => askTwice((guarded) => guarded.send(request)),
  }
}

function toRefusalError(why: string): MissingRightError {
  const fix = 'Mend OKTA_GRANTS_API_TOKEN, or OKTA_GRANTS_CLIENT_ID with its key; "npm run hub -- doctor" looks at it.'
  return new MissingRightError(`Okta does not take the credential that grants: ${why} ${fix}`)
}

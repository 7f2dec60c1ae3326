import { type ConnectContext, CredentialError } from '../../../src/index.ts'
import { makeGranter } from '../access/granter.ts'
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

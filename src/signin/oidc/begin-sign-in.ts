import type { Journal } from '../../journal/index.ts'
import { type BrowserSecret, makeBrowserSecret } from './browser-secret.ts'
import { type FindIssuer, type IssuerSettings, mostAgeSeconds } from './issuer.ts'
import { refuseIssuer } from './refusals.ts'

type Needs = {
  journal: { orders: Pick<Journal['orders'], 'addSigninStart'> }
  findIssuer: FindIssuer
  settings: IssuerSettings
}

/** So long somebody may take at the issuer. */
export const startSeconds = 600

/**
 * Begins a sign-in: notes it, and makes the address at the issuer to which the browser goes. `silent`: the issuer shows
 * no page, and says so if it would have to.
 * @throws UsageError when the issuer cannot be asked
 */
export async function beginSignIn(
  { journal, findIssuer, settings }: Needs,
  { goal, silent }: { goal: string; silent: boolean },
): Promise<{ secret: BrowserSecret; address: string }> {
  const { client, configuration } = await findIssuer().catch(refuseIssuer)
  const secret = makeBrowserSecret()
  const address = client.buildAuthorizationUrl(configuration, {
    redirect_uri: settings.redirectUri,
    response_type: 'code',
    response_mode: 'query',
    scope: settings.scopes,
    state: secret.state,
    nonce: secret.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(secret.verifier),
    code_challenge_method: 'S256',
    max_age: String(mostAgeSeconds),
    ...(silent ? { prompt: 'none' } : {}),
  })
  await journal.orders.addSigninStart({ hash: secret.hash, goal, silent, seconds: startSeconds })
  return { secret, address: address.href }
}

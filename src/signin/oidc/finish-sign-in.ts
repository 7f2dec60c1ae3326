import type { Clock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import type { Journal } from '../../journal/index.ts'
import { type OpenedSession, openSession } from '../open-session.ts'
import type { BrowserSecret } from './browser-secret.ts'
import { findPerson, type KnowsSubjects } from './find-person.ts'
import { findRole, type RoleSettings } from './find-role.ts'
import { type Identity, readIdentity } from './identity.ts'
import { type FindIssuer, type FoundIssuer, type IssuerSettings, mostAgeSeconds } from './issuer.ts'
import { joinClaims } from './join-claims.ts'
import { IssuerError, makeNoRole, makeUnknownSignIn, refuseIssuer, refuseProof } from './refusals.ts'

export type FinishNeeds = {
  journal: Pick<Journal, 'orders' | 'records'>
  clock: Clock
  installed: readonly KnowsSubjects[]
  findIssuer: FindIssuer
  settings: IssuerSettings
  roles: RoleSettings & { claim: string }
}

/** `visible`: the issuer would have to show its page, so that the sign-in begins anew with it. */
export type FinishedSignIn = { goal: string } & ({ session: OpenedSession } | { visible: true })

/** Without a request for so long a session is over. */
const idleSeconds = 60 * 60

/**
 * Ends a sign-in with what the issuer sent the browser back with. It is taken from the journal before anything is asked,
 * so that of two callbacks one alone counts, and one that failed is not tried again.
 * @throws UsageError with a code for what the person reads
 */
export async function finishSignIn(
  needs: FinishNeeds,
  { secret, query, requestId }: { secret: BrowserSecret; query: URLSearchParams; requestId: string },
): Promise<FinishedSignIn> {
  if (query.get('state') !== secret.state) throw makeUnknownSignIn()
  const start = await needs.journal.orders.takeSigninStart(secret.hash)
  if (!start) throw makeUnknownSignIn()
  const { goal, silent } = start
  const found = await needs.findIssuer().catch(refuseIssuer)
  const refusal = query.get('error')
  if (silent && refusal !== null && wantsPage.includes(refusal)) return { goal, visible: true }
  const identity = await readSubject(needs, found, { secret, query })
  const role = findRole(identity, needs.roles)
  if (role === null) throw makeNoRole()
  const { issuer, subject, name, email } = identity
  const session = await openSession(needs, {
    ...{ issuer, subject, name, email, role, way: 'oidc', idleSeconds, seconds: mostAgeSeconds },
    person: await findPerson(needs, identity),
    rolesReadAt: needs.clock.now().toISOString(),
    requestId,
  })
  return { goal, session }
}

/** Why an issuer that was asked without its page has to show it (OpenID Connect Core, section 3.1.2.6). */
const wantsPage = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']

async function readSubject(
  { settings, roles, clock }: FinishNeeds,
  found: FoundIssuer,
  { secret, query }: { secret: BrowserSecret; query: URLSearchParams },
): Promise<Identity> {
  const { client, configuration, metadata } = found
  const address = new URL(`${settings.redirectUri}?${query}`)
  const checks = { pkceCodeVerifier: secret.verifier, expectedState: secret.state, expectedNonce: secret.nonce }
  const tokens = await client
    .authorizationCodeGrant(configuration, address, { ...checks, idTokenExpected: true })
    .catch((thrown) => refuseAnswer(found, thrown))
  const claims: Record<string, unknown> & { sub?: string } = tokens.claims() ?? {}
  const subject = claims.sub
  if (subject === undefined) return refuseProof(new Error('There is no ID token.'))
  if (!isSubject(subject)) return refuseProof(new Error('The subject of the ID token is too long, or no text.'))
  refuseOld(claims.auth_time, clock)
  const isWhole = claims[roles.claim] !== undefined && claims.email !== undefined
  const further =
    isWhole || metadata.userinfo_endpoint === undefined
      ? {}
      : await client.fetchUserInfo(configuration, tokens.access_token, subject).catch(refuseProof)
  return readIdentity({ issuer: metadata.issuer, subject }, joinClaims(claims, further), roles.claim)
}

/** OpenID Connect Core, section 2: 255 letters at most. */
function isSubject(text: string): boolean {
  return text.isWellFormed() && /^\P{Cc}{1,255}$/u.test(text)
}

/** An issuer that knows `max_age` says when somebody logged in there. One that does not is believed without. */
function refuseOld(authTime: unknown, clock: Clock): void {
  if (typeof authTime !== 'number' || authTime * 1000 > clock.now().getTime() - (mostAgeSeconds + 60) * 1000) return
  throw new UsageError({
    what: 'Your login at the sign-in service is too old.',
    why: `It is more than ${mostAgeSeconds / 3600} hours ago, and the service was asked for a newer one.`,
    fix: 'Log out at the sign-in service, and sign in anew.',
    code: 'login_too_old',
  })
}

/** What the issuer said of the person, where it said no: a code of its own, of which the page repeats those it knows. */
function refuseAnswer({ client }: FoundIssuer, thrown: unknown): never {
  if (!(thrown instanceof client.AuthorizationResponseError)) return refuseProof(thrown)
  const denied = thrown.error === 'access_denied'
  const words = {
    what: denied ? 'The sign-in service did not let you in.' : 'The sign-in service refused the request.',
    why: denied
      ? 'You cancelled, or are not assigned to this application.'
      : 'It answered with an error, which the log of this hub has.',
    fix: denied ? 'Ask who runs it to assign you to the application of this hub.' : 'Ask who runs this hub.',
    code: 'issuer_refused',
  }
  throw new IssuerError(words, new Error(`The issuer answered with the error ${thrown.error}`))
}

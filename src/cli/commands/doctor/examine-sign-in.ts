import type { Configuration } from '../../../config/configuration.ts'
import { readSignIn } from '../../../config/sign-in.ts'
import { systemClock } from '../../../core/clock.ts'
import type { DoctorCheck } from '../../../core/connector.ts'
import { errorMessage } from '../../../core/errors.ts'
import { type FoundIssuer, makeFindIssuer } from '../../../signin/oidc/issuer.ts'

type SignIn = NonNullable<ReturnType<typeof readSignIn>>

const name = 'sign-in'

/**
 * Whether people can sign in: the issuer answers and does what the hub asks of it, which address it must send them back
 * to, and rules of roles that nobody can meet. Nothing where no issuer is configured.
 */
export async function examineSignIn(
  { hub, connectors }: Pick<Configuration, 'hub' | 'connectors'>,
  { offline }: { offline: boolean },
): Promise<DoctorCheck[]> {
  const signIn = readSignIn(hub)
  if (!signIn) return []
  const { redirectUri, address } = signIn.settings
  const registered = `the issuer sends people back to ${redirectUri}: it must be registered there, to the letter`
  const own: DoctorCheck[] = [{ name, status: 'ok', detail: registered }]
  if (offline) return [...own, ...examineRules(signIn, connectors, address)]
  try {
    const found = await makeFindIssuer(signIn.settings, { fetch: askBriefly, clock: systemClock })()
    return [...own, ...examineIssuer(found), ...examineRules(signIn, connectors, found.metadata.issuer)]
  } catch (thrown) {
    const detail = `the discovery document of ${address} cannot be read (${errorMessage(thrown)})`
    const fix = 'Mend HUB_CONSOLE_ISSUER: <issuer>/.well-known/openid-configuration must say the same issuer.'
    return [...own, { name, status: 'problem', detail, fix }, ...examineRules(signIn, connectors, address)]
  }
}

const askBriefly: typeof fetch = (input, init) =>
  fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.timeout(5000) })

function examineIssuer({ metadata }: FoundIssuer): DoctorCheck[] {
  const { issuer, code_challenge_methods_supported: methods } = metadata
  const answers: DoctorCheck = { name, status: 'ok', detail: `the issuer ${issuer} answers` }
  if (methods === undefined || methods.includes('S256')) return [answers]
  const fix = 'See whether PKCE can be switched on there: without it a stolen code is worth more.'
  return [answers, { name, status: 'warning', detail: `the issuer ${issuer} does not know PKCE with S256`, fix }]
}

function examineRules({ roles }: SignIn, connectors: Configuration['connectors'], issuer: string): DoctorCheck[] {
  const { rules, claim } = roles
  const isBound = connectors.some(({ connector, config }) => connector.subjectsOf?.({ config, issuer }))
  const higher = rules.filter(({ role }) => role !== 'viewer')
  const checks: DoctorCheck[] = []
  if (!isBound && higher.length > 0) {
    const detail = `${issuer} is neither the Okta org nor the Auth0 tenant of this hub, so that everybody is a viewer: ${higher.length} rules of higher roles give no more`
    const fix = 'Set HUB_CONSOLE_ISSUER to one of the two, as their connectors have them, or leave those rules out.'
    checks.push({ name: 'HUB_CONSOLE_ROLES', status: 'warning', detail, fix })
  }
  const unmet = rules.find(({ by, value }) => by === 'subject' && value.includes('@'))
  if (unmet) {
    const detail = 'a rule with subject: holds an e-mail, and the sub of Okta and Auth0 is an id'
    checks.push({ name: 'HUB_CONSOLE_ROLES', status: 'warning', detail, fix: 'Write it as email:, or give the sub.' })
  }
  const isAuth0 = /\.auth0\.com\/?$/.test(issuer)
  if (isAuth0 && rules.some(({ by }) => by === 'claim') && !claim.includes('://')) {
    const detail = `${claim} is no name that Auth0 puts claims of an Action under: they need a namespace`
    const fix = 'Set it to the name that your Action writes, such as https://acme.com/roles: see docs/sign-in.md.'
    checks.push({ name: 'HUB_CONSOLE_ROLES_CLAIM', status: 'warning', detail, fix })
  }
  return checks
}

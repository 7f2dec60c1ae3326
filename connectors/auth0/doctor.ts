import type { ManagementClient } from 'auth0'
import {
  adviseOnFailure,
  adviseOnStatus,
  type DoctorCheck,
  type DoctorContext,
  errorMessage,
  isRecord,
  redactText,
} from '../../src/index.ts'
import { checkGrants } from './access/check-grants.ts'
import { readBundledAction } from './action/bundled-action.ts'
import { checkAction } from './action/deploy-action.ts'
import { oktaStrategies } from './people/okta-identities.ts'
import type { Auth0Client } from './tenant/client.ts'
import { makeManagementClient } from './tenant/client.ts'
import type { Auth0Config } from './tenant/config.ts'
import { canonicalDomainAdvice, isCanonicalDomain, toHubError } from './tenant/errors.ts'
import { makeVendorFetch } from './tenant/vendor-fetch.ts'

type Context = DoctorContext<Auth0Client, Auth0Config>

type Question = Context & { scopes: ReadonlySet<string>; management: ManagementClient }

const grantHere = 'Auth0: Applications, your application, APIs, Auth0 Management API, Permissions.'

/** Checks whether the hub can do its work at Auth0, and says how to correct what is wrong. Writes nothing. */
export async function doctor(context: Context): Promise<DoctorCheck[]> {
  const token = await requestToken(context)
  if ('problem' in token) return [token.problem]
  const question: Question = { ...context, scopes: token.scopes, management: await makeManagementClient(context) }
  const credential = { name: 'Auth0 credential', detail: `Accepted by ${context.config.AUTH0_DOMAIN}.` }
  const others = await Promise.all([
    checkConnections(question),
    checkTenantAction(question),
    checkGrants({ ...question, grantHere }),
  ])
  return [{ ...credential, status: 'ok' }, ...checkScopes(question), ...others.flat()]
}

type Token = { scopes: ReadonlySet<string> } | { problem: DoctorCheck }

/** Requests a token without the SDK, because the SDK does not return the granted scopes. */
async function requestToken({ config, fetch }: Context): Promise<Token> {
  const { AUTH0_DOMAIN: domain, AUTH0_BASE_URL: baseUrl } = config
  const problem = (detail: string, fix: string) => ({
    problem: { name: 'Auth0 credential', status: 'problem' as const, detail, fix },
  })
  try {
    const response = await makeVendorFetch({ fetch, baseUrl })(`https://${domain}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: config.AUTH0_CLIENT_ID,
        client_secret: config.AUTH0_CLIENT_SECRET,
        audience: `https://${domain}/api/v2/`,
      }),
    })
    const body: unknown = await response.json().catch(() => null)
    if (!response.ok || !isRecord(body)) {
      const words = isRecord(body) ? redactText(wordsOfToken(body)) : ''
      const detail = `Auth0 answered ${response.status} when asked for a token${words && `: ${words}`}.`
      return problem(detail, adviseOnStatus(response.status, { vendor: 'Auth0', refused: adviseOnRefusal(domain) }))
    }
    return { scopes: new Set(typeof body.scope === 'string' ? body.scope.split(' ') : []) }
  } catch (error) {
    const fix = `See that AUTH0_DOMAIN is right, and the way out to the internet.${adviseOnDomain(domain)}`
    return problem(`${domain} could not be reached: ${errorMessage(error)}.`, fix)
  }
}

function adviseOnRefusal(domain: string): string {
  const settings = 'AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET'
  return `Check ${settings}, and that the application may use the Management API.${adviseOnDomain(domain)}`
}

/** A custom domain serves logins, and looks right in every other way. */
function adviseOnDomain(domain: string): string {
  if (isCanonicalDomain(domain)) return ''
  return ` ${domain} does not end in .auth0.com, and looks like a custom domain. ${canonicalDomainAdvice}`
}

/** Auth0's words, which a token endpoint gives in OAuth's terms (RFC 6749, section 5.2). */
function wordsOfToken({ error, error_description, message }: Record<string, unknown>): string {
  const texts = [error, error_description, message].filter((one) => typeof one === 'string' && one !== '')
  return texts.join(': ').slice(0, 200)
}

function checkScopes({ scopes, config }: Question): DoctorCheck[] {
  const name = 'Auth0 scopes'
  const needed = ['read:users', 'update:users', 'update:users_app_metadata']
  const forRevoking = config.AUTH0_REVOKE ? ['delete:sessions', 'delete:refresh_tokens'] : []
  const missing = (wanted: string[]) => wanted.filter((scope) => !scopes.has(scope)).join(', ')
  const checks: DoctorCheck[] = []
  if (missing(needed)) {
    const detail = `Nobody can be locked out without ${missing(needed)}.`
    checks.push({ name, status: 'problem', detail, fix: `Grant the scopes. ${grantHere}` })
  }
  if (missing(forRevoking)) {
    const detail = `Sessions and refresh tokens cannot be ended without ${missing(forRevoking)}; that work stays owed.`
    checks.push({ name, status: 'problem', detail, fix: `Grant the scopes, or set AUTH0_REVOKE=false. ${grantHere}` })
  }
  const tooStrong = [...scopes].filter((scope) =>
    /^(create|update|delete):(actions|clients|client_grants)$/.test(scope),
  )
  if (tooStrong.length > 0) {
    const detail = `Whoever gets hold of the hub’s credential could change what decides logins: ${tooStrong.join(', ')}.`
    const fix = `Take these scopes away and give them to an administrators’ application. ${grantHere}`
    checks.push({ name: 'Auth0 rights', status: 'warning', detail, fix })
  }
  if (checks.length > 0) return checks
  return [{ name, status: 'ok', detail: `Granted: ${[...needed, ...forRevoking].join(', ')}.` }]
}

async function checkConnections({ config, scopes, management }: Question): Promise<DoctorCheck[]> {
  const { AUTH0_CONNECTIONS: names, AUTH0_OKTA_CONNECTIONS: oktaNames } = config
  const name = 'Auth0 connections'
  const all = [...new Set([...names, ...oktaNames])]
  if (all.length === 0) return []
  if (!scopes.has('read:connections')) {
    const detail = `Not looked up, the scope read:connections is not granted: ${all.join(', ')}.`
    return [{ name, status: 'warning', detail, fix: 'Compare the names by eye, or grant read:connections.' }]
  }
  const found = await Promise.all(all.map((each) => readConnectionStrategy(management, each)))
  return all.flatMap((each, index): DoctorCheck[] => {
    const strategy = found[index]
    if (strategy instanceof Error) {
      const advice = adviseOnFailure(strategy, { vendor: 'Auth0', refused: `Grant read:connections. ${grantHere}` })
      return [{ name, status: 'warning', detail: `${each}: ${errorMessage(strategy)}`, fix: advice }]
    }
    const fix = 'Correct AUTH0_CONNECTIONS or AUTH0_OKTA_CONNECTIONS: names as in Auth0: Authentication.'
    if (strategy === undefined) return [{ name, status: 'problem', detail: `There is no connection ${each}.`, fix }]
    if (oktaNames.includes(each) && !oktaStrategies.some((known) => known === strategy)) {
      const detail = `${each} is a connection of the strategy ${strategy}: no id at Okta, and no login, stands in its users’ ids.`
      return [{ name, status: 'problem', detail, fix: `Take it out of AUTH0_OKTA_CONNECTIONS. ${fix}` }]
    }
    return [{ name, status: 'ok', detail: `${each} exists (${strategy}).` }]
  })
}

async function readConnectionStrategy(management: ManagementClient, name: string): Promise<string | undefined | Error> {
  try {
    const page = await management.connections.list({ name, fields: 'name,strategy', include_fields: true })
    return page.data.find((connection) => connection.name === name)?.strategy
  } catch (error) {
    return asError(toHubError(error, 'read connections'))
  }
}

async function checkTenantAction({ config, scopes, management, file }: Question): Promise<DoctorCheck[]> {
  const name = 'Auth0 Action'
  if (!scopes.has('read:actions')) {
    const detail = 'Not verified: the scope read:actions is not granted.'
    return [
      {
        name,
        status: 'warning',
        detail,
        fix: 'Grant read:actions, or run: npm run hub -- auth0 deploy-action --check',
      },
    ]
  }
  return compareAction({ config, management, file })
}

/** What the running hub looks at by itself: whether the Action that refuses logins is still in the login flow. */
export async function watch(context: Context): Promise<DoctorCheck[]> {
  return compareAction({ ...context, management: await makeManagementClient(context) })
}

type Comparison = Pick<Question, 'config' | 'file' | 'management'>

async function compareAction({ config, management, file }: Comparison): Promise<DoctorCheck[]> {
  const name = 'Auth0 Action'
  const fix = 'Run: npm run hub -- auth0 deploy-action'
  try {
    const source = await readBundledAction({ file }, config)
    const { differences } = await checkAction({ ...source, management })
    if (differences.length === 0) return [{ name, status: 'ok', detail: 'Deployed, bound and as bundled.' }]
    return [{ name, status: 'problem', detail: differences.join(' '), fix }]
  } catch (error) {
    const advice = adviseOnFailure(error, { vendor: 'Auth0', refused: `Grant read:actions. ${grantHere}` })
    return [{ name, status: 'warning', detail: `Not verified: ${errorMessage(error)}`, fix: advice }]
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorMessage(thrown))
}

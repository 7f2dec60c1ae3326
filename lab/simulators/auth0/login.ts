import { isJsonObject, type JsonObject, randomId } from '../values.ts'
import { type Auth0Action, findDeployedVersion } from './action.ts'
import { type ActionEffects, runPostLogin, type TokenClaims } from './action-runner.ts'
import { OAuthFault } from './errors.ts'
import { buildLoginEvent, type LoginRequest } from './login-event.ts'
import { findMembership, findRolesAtLogin, type Membership } from './organization-store.ts'
import type { TenantState } from './tenant-state.ts'
import type { Auth0User } from './user.ts'
import type { UserDirectory } from './user-directory.ts'

/** What became of one attempt to log in, and which Actions had a say in it. */
export type LoginRecord = {
  at: string
  mode: LoginRequest['mode']
  userId: string | undefined
  outcome: 'allowed' | 'denied'
  error?: string
  reason?: string
  /** Names of the Actions that ran, in order; empty when Auth0 refused before any. */
  actions: string[]
  /** What the Actions put into the tokens. */
  claims: TokenClaims
  logs: string[]
}

type LoginTokens = {
  access_token: string
  expires_in: number
  token_type: 'Bearer'
  session_id?: string
  refresh_token?: string
}

export type LoginPipeline = {
  records: LoginRecord[]
  interactive: (body: JsonObject, from: Caller) => Promise<Attempt>
  silent: (body: JsonObject, from: Caller) => Promise<Attempt>
  refresh: (form: JsonObject, from: Caller) => Promise<Attempt>
}

/** How an attempt ended, with its record either way. */
export type Attempt = { record: LoginRecord } & ({ tokens: LoginTokens } | { fault: OAuthFault })

type Caller = { ip: string; userAgent: string }

const ACCESS_TOKEN_SECONDS = 86_400
const TRIGGER = 'post-login'

type LoginState = Omit<TenantState, 'tokens'> & { actionTimeoutMs: number }

/** One way in: fills the record as it learns who it is, and throws when the answer is no. */
type Entrance = (
  state: LoginState,
  entry: { body: JsonObject; from: Caller; record: LoginRecord },
) => Promise<LoginTokens>

/**
 * What happens when a person wants in: Auth0's own checks first, then the deployed and bound Actions in their order.
 *
 * A blocked user is refused before any Action (Auth0 docs: block and unblock users). Actions run for interactive and
 * silent logins and for refresh-token exchange alike.
 */
export function createLoginPipeline(state: LoginState): LoginPipeline {
  const records: LoginRecord[] = []

  const through = (mode: LoginRequest['mode'], enter: Entrance) => async (body: JsonObject, from: Caller) => {
    const at = new Date().toISOString()
    const seen = { actions: [], claims: { id_token: {}, access_token: {} }, logs: [] }
    const record: LoginRecord = { at, mode, userId: undefined, outcome: 'allowed', ...seen }
    records.push(record)
    try {
      return { record, tokens: await enter(state, { body, from, record }) }
    } catch (fault) {
      if (!(fault instanceof OAuthFault)) throw fault
      Object.assign(record, { outcome: 'denied', error: fault.error, reason: fault.message })
      return { record, fault }
    }
  }

  return {
    records,
    interactive: through('interactive', enterInteractively),
    silent: through('silent', enterSilently),
    refresh: through('refresh', enterByRefreshToken),
  }
}

const enterInteractively: Entrance = async (state, { body, from, record }) => {
  const { users, sessions } = state
  const user = findUser(users, body)
  const userId = user.user_id
  record.userId = userId
  refuseBlocked(user, 'unauthorized')
  const { clientId, audience } = readRequest(body)
  const inside = findMembership(state.organizations, { userId, asked: body.organization })
  await runActions({ ...state, record, user, request: { mode: 'interactive', clientId, audience, ...from, ...inside } })
  const session = sessions.open({ userId, clientId })
  users.recordLogin(userId, from.ip)
  const refreshToken = sessions.issueRefreshToken({ userId, clientId, sessionId: session.id, audience, ...inside })
  return { ...accessToken(), session_id: session.id, refresh_token: refreshToken }
}

const enterSilently: Entrance = async (state, { body, from, record }) => {
  const { users, sessions } = state
  const session = typeof body.session === 'string' ? sessions.find(body.session) : undefined
  const user = session && users.find(session.user_id)
  if (!session || !user) throw new OAuthFault(403, 'login_required', 'Login required')
  record.userId = user.user_id
  // A block ends the session at the next visit to /authorize.
  if (user.blocked) sessions.end(session.id)
  refuseBlocked(user, 'unauthorized')
  const inside = findMembership(state.organizations, { userId: user.user_id, asked: body.organization })
  const request = { mode: 'silent' as const, ...readRequest(body), ...from, ...inside, sessionId: session.id }
  await runActions({ ...state, record, user, request })
  return { ...accessToken(), session_id: session.id }
}

const enterByRefreshToken: Entrance = async (state, { body, from, record }) => {
  const { users, sessions } = state
  const token = typeof body.refresh_token === 'string' ? sessions.exchange(body.refresh_token) : undefined
  const user = token && users.find(token.user_id)
  if (!token || !user) throw new OAuthFault(403, 'invalid_grant', 'Unknown or invalid refresh token.')
  record.userId = user.user_id
  // Seen at Auth0 (auth0-spa-js #1525): here the error is invalid_grant, not unauthorized.
  refuseBlocked(user, 'invalid_grant')
  const asked = sessions.organizationOf(token.id)
  const inside: Membership = findMembership(state.organizations, { userId: user.user_id, asked })
  const by = { refreshTokenId: token.id, sessionId: token.session_id, ...inside }
  await runActions({ ...state, record, user, request: { mode: 'refresh', ...readRequest(body), ...from, ...by } })
  return accessToken()
}

type ActionsRun = LoginState & { record: LoginRecord; user: Auth0User; request: LoginRequest }

async function runActions(options: ActionsRun): Promise<void> {
  const { actions, enterprise, record, user, request } = options
  const roles = findRolesAtLogin(options, { userId: user.user_id, organization: request.organization })
  for (const binding of actions.bindings(TRIGGER)) {
    const action = actions.get(binding.actionId)
    const version = findDeployedVersion(action)
    if (!version) continue
    const event = buildLoginEvent({ user, request, roles, secrets: secretsOf(action), enterprise })
    record.actions.push(action.name)
    const effects = await runPostLogin({ code: version.code, event, enterprise, timeoutMs: options.actionTimeoutMs })
    record.logs.push(...effects.logs)
    // The last Action to set a claim has it.
    Object.assign(record.claims.id_token, effects.claims.id_token)
    Object.assign(record.claims.access_token, effects.claims.access_token)
    applyEffects(options, effects)
    // The Actions after a denial are skipped (Auth0 docs: api.access.deny).
    if (effects.denied !== undefined) throw new OAuthFault(403, 'access_denied', effects.denied)
  }
}

function applyEffects(
  { users, sessions, user, request }: ActionsRun,
  { appMetadata, userMetadata, revokedSession, revokedRefreshToken }: ActionEffects,
): void {
  const changes: JsonObject = {}
  if (Object.keys(appMetadata).length > 0) changes.app_metadata = appMetadata
  if (Object.keys(userMetadata).length > 0) changes.user_metadata = userMetadata
  // A denial does not take back the metadata that an Action has set.
  if (Object.keys(changes).length > 0) Object.assign(user, users.patch(user.user_id, changes))
  if (revokedRefreshToken) sessions.revokeRefreshTokens(({ id }) => id === request.refreshTokenId)
  if (!revokedSession || !request.sessionId) return
  sessions.end(request.sessionId)
  if (revokedSession.preserveRefreshTokens) return
  sessions.revokeRefreshTokens(({ session_id: id }) => id === request.sessionId)
}

function findUser(users: UserDirectory, { user_id: userId, email, connection }: JsonObject): Auth0User {
  const wanted = typeof email === 'string' ? email.toLowerCase() : undefined
  const user = users.list().find((candidate) => {
    if (typeof userId === 'string') return candidate.user_id === userId
    const sameConnection = connection === undefined || candidate.identities[0]?.connection === connection
    return wanted !== undefined && sameConnection && candidate.email?.toLowerCase() === wanted
  })
  if (!user) throw new OAuthFault(403, 'invalid_grant', 'Wrong email or password.')
  return user
}

function refuseBlocked(user: Auth0User, error: 'unauthorized' | 'invalid_grant'): void {
  if (user.blocked) throw new OAuthFault(403, error, 'user is blocked')
}

function readRequest({ client_id: clientId, audience }: JsonObject): { clientId: string; audience: string } {
  return {
    clientId: typeof clientId === 'string' ? clientId : 'demo-app',
    audience: typeof audience === 'string' ? audience : 'https://api.acme-demo.test',
  }
}

function accessToken(): LoginTokens {
  return { access_token: randomId('eyJ', 100), expires_in: ACCESS_TOKEN_SECONDS, token_type: 'Bearer' }
}

function secretsOf(action: Auth0Action): Record<string, string> {
  return Object.fromEntries((findDeployedVersion(action)?.secrets ?? []).map(({ name, value }) => [name, value]))
}

/** Reads a body that may be JSON or a form, as the token endpoint takes both. */
export async function readTokenRequest(request: Request): Promise<JsonObject> {
  const text = await request.text()
  if (!request.headers.get('content-type')?.includes('json')) return Object.fromEntries(new URLSearchParams(text))
  try {
    const body: unknown = JSON.parse(text)
    return isJsonObject(body) ? body : {}
  } catch {
    return {}
  }
}

import { clone, randomId } from '../values.ts'
import { Auth0Fault } from './errors.ts'

type Auth0Session = {
  id: string
  user_id: string
  created_at: string
  updated_at: string
  authenticated_at: string
  last_interacted_at: string
  idle_expires_at: string
  expires_at: string
  clients: { client_id: string }[]
}

export type Auth0RefreshToken = {
  id: string
  user_id: string
  client_id: string
  session_id: string
  created_at: string
  idle_expires_at: null
  expires_at: null
  rotating: boolean
  resource_servers: { audience: string; scopes: string }[]
}

type RefreshableLogin = {
  userId: string
  clientId: string
  sessionId: string
  audience: string
  organization?: { id: string }
  /** It is exchanged for a new one at each use. */
  rotating?: boolean
}

export type SessionStore = {
  open: (login: { userId: string; clientId: string }) => Auth0Session
  find: (sessionId: string) => Auth0Session | undefined
  get: (sessionId: string) => Auth0Session
  ofUser: (userId: string) => Auth0Session[]
  /** Ends one session; its refresh tokens live on. */
  end: (sessionId: string) => void
  endAllOf: (userId: string) => void
  /** Makes a refresh token; the secret is known to the app only, the API shows the id. */
  issueRefreshToken: (login: RefreshableLogin) => string
  exchange: (secret: string) => Auth0RefreshToken | undefined
  /** The organization that the token's login went through: an exchange stays within it. */
  organizationOf: (refreshTokenId: string) => string | undefined
  getRefreshToken: (id: string) => Auth0RefreshToken
  refreshTokens: () => Auth0RefreshToken[]
  revokeRefreshTokens: (which: (token: Auth0RefreshToken) => boolean) => void
}

const IDLE_MS = 3 * 24 * 60 * 60 * 1000
const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000

/** The sessions and refresh tokens of a tenant; refresh tokens outlive their session unless they are revoked. */
export function createSessionStore(): SessionStore {
  const sessions = new Map<string, Auth0Session>()
  const tokens = new Map<string, Auth0RefreshToken>()
  const organizations = new Map<string, string>()

  return {
    open: (login) => {
      const session = newSession(login)
      sessions.set(session.id, session)
      return clone(session)
    },
    find: (sessionId) => clone(sessions.get(sessionId)),
    get: (sessionId) => {
      const session = sessions.get(sessionId)
      if (!session) throw new Auth0Fault(404, 'The session does not exist.', 'inexistent_session')
      return clone(session)
    },
    ofUser: (userId) => clone([...sessions.values()].filter((session) => session.user_id === userId)),
    end: (sessionId) => void sessions.delete(sessionId),
    endAllOf: (userId) => {
      for (const session of sessions.values()) if (session.user_id === userId) sessions.delete(session.id)
    },
    issueRefreshToken: (login) => {
      const secret = randomId('v1.', 40)
      const token = newRefreshToken(login)
      tokens.set(secret, token)
      if (login.organization) organizations.set(token.id, login.organization.id)
      return secret
    },
    organizationOf: (id) => organizations.get(id),
    exchange: (secret) => clone(tokens.get(secret)),
    getRefreshToken: (id) => {
      const token = [...tokens.values()].find((candidate) => candidate.id === id)
      if (!token) throw new Auth0Fault(404, 'The refresh token does not exist.', 'inexistent_refresh_token')
      return clone(token)
    },
    refreshTokens: () => clone([...tokens.values()]),
    revokeRefreshTokens: (which) => {
      for (const [secret, token] of tokens) if (which(token)) tokens.delete(secret)
    },
  }
}

function newSession({ userId, clientId }: { userId: string; clientId: string }): Auth0Session {
  const now = Date.now()
  const at = new Date(now).toISOString()
  return {
    id: randomId('sess_', 32),
    user_id: userId,
    created_at: at,
    updated_at: at,
    authenticated_at: at,
    last_interacted_at: at,
    idle_expires_at: new Date(now + IDLE_MS).toISOString(),
    expires_at: new Date(now + LIFETIME_MS).toISOString(),
    clients: [{ client_id: clientId }],
  }
}

function newRefreshToken({
  userId,
  clientId,
  sessionId,
  audience,
  rotating = false,
}: RefreshableLogin): Auth0RefreshToken {
  return {
    id: randomId('', 18),
    user_id: userId,
    client_id: clientId,
    session_id: sessionId,
    created_at: new Date().toISOString(),
    idle_expires_at: null,
    expires_at: null,
    rotating,
    resource_servers: [{ audience, scopes: 'openid profile email offline_access' }],
  }
}

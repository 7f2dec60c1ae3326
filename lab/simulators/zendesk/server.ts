import { type Call, type Refusal, startServer } from '../http-server.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'
import { createZendeskApp } from './app.ts'
import { renderFault, tooMany, ZendeskFault } from './errors.ts'
import { createUsers, type ZendeskRole, type ZendeskUserSeed, type ZendeskUsers } from './users.ts'

export type ZendeskTenantOptions = {
  port?: number
  /** Beside the administrator in whose name the credentials work. */
  users?: ZendeskUserSeed[]
  /** Null: the plan has no custom roles. */
  roles?: ZendeskRole[] | null
  /** How many agents and administrators there may be. */
  seats?: number
  /** How far the search lags behind; Infinity: until `users.refreshSearchIndex()`. */
  searchLagMs?: number
  /** The role of the credentials' user. */
  ownRole?: 'admin' | 'agent'
}

export type ZendeskTenant = AsyncDisposable & {
  url: string
  port: number
  credentials: { email: string; apiToken: string; oauthToken: string }
  calls: Call[]
  users: ZendeskUsers
  misbehave: (rule: Misbehaviour) => () => void
  calm: () => void
  close: () => Promise<void>
}

const OWN_ID = 1
const CREDENTIALS = { email: 'hub@acme.example', apiToken: 'simulated-api-token', oauthToken: 'simulated-oauth-token' }

/** Starts a simulated Zendesk account on 127.0.0.1: its users, their roles, and the seats that are paid for. */
export async function startZendeskTenant(options: ZendeskTenantOptions = {}): Promise<ZendeskTenant> {
  const { roles = null, seats = 10, searchLagMs = 0, ownRole = 'admin' } = options
  const weather = createWeather()
  const own = { id: OWN_ID, email: CREDENTIALS.email, role: ownRole, role_type: ownRole === 'admin' ? 4 : null }
  const users = createUsers({ seeds: [own, ...(options.users ?? [])], roles, seats, searchLagMs })
  const basic = Buffer.from(`${CREDENTIALS.email}/token:${CREDENTIALS.apiToken}`).toString('base64')
  const credentials = new Map([
    [`Basic ${basic}`, OWN_ID],
    [`Bearer ${CREDENTIALS.oauthToken}`, OWN_ID],
  ])
  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: (url) => {
      const app = createZendeskApp({ url, users, roles, credentials })
      return { handle: (request: Request) => app.fetch(request), refuse }
    },
    control: () => ({ lists: { users: users.all }, calm: weather.calm }),
  })
  return {
    url: server.url,
    port: server.port,
    credentials: CREDENTIALS,
    calls: server.calls,
    users,
    misbehave: weather.misbehave,
    calm: weather.calm,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

function refuse({ status, resetSeconds }: Refusal): Response {
  if (status === 429) return renderFault(tooMany(resetSeconds))
  return renderFault(
    new ZendeskFault(status, 'Refused', { description: 'The simulated account was told to refuse this' }),
  )
}

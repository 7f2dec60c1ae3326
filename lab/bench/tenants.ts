import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { TenantAddresses } from '../environment.ts'
import { startTenants } from '../simulators/seed.ts'
import { readMonotonicMs } from './measures.ts'
import { personNumber } from './request-bodies.ts'
import { serveQuestions } from './worker-process.ts'

export type TenantsOptions = {
  people: number
  secondAccountEvery: number
  /** Whether they leave only when the tenants are told so; else they have left. */
  stay?: boolean
  /** How many have a user at Auth0, whose simulated search walks over all; left out: all. */
  accounts?: number
  /** What both vendors say that they bear, in one window; left out: 1,000. */
  burst?: number
  /** How long Auth0 takes to answer; left out: as fast as it can. */
  delayMs?: number
}

/** `leave`: Okta ids of people who leave now. */
export type TenantsQuestion = { leave?: string[] }

/** A vendor call as the vendor saw it, in milliseconds of the machine's monotonic clock. */
export type VendorCall = { vendor: 'okta' | 'auth0'; method: string; url: string; startMs: number; endMs: number }

const {
  people,
  secondAccountEvery,
  stay = false,
  accounts = people,
  delayMs = 0,
  burst,
}: TenantsOptions = JSON.parse(process.argv[2] ?? '{}')
const everybody = Array.from({ length: people }, (_, i) => personNumber(i))
const limits = burst === undefined ? {} : { rateLimit: { burst, perSecond: burst } }

const tenants = await startTenants({
  okta: {
    ...limits,
    users: everybody.map(({ oktaId, email }) => ({
      id: oktaId,
      status: stay ? 'ACTIVE' : 'DEPROVISIONED',
      profile: { login: email, email, firstName: 'Bench', lastName: oktaId },
    })),
  },
  auth0: {
    ...limits,
    users: everybody
      .slice(0, accounts)
      .flatMap(({ oktaId, email }, i) => [
        { connection: 'acme-okta', id: oktaId, email },
        ...(i % secondAccountEvery === 0
          ? [{ connection: 'Username-Password-Authentication', id: `db${oktaId}`, email }]
          : []),
      ]),
  },
})

if (delayMs > 0) tenants.auth0.misbehave({ path: '/api/v2', delayMs })

// The tenants' own log counts whole milliseconds; Node's channels see the very arrival and the last byte handed over.
const calls: VendorCall[] = []
const underWay = new WeakMap<IncomingMessage, VendorCall>()
subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage }
  const vendor = request.headers.host === new URL(tenants.okta.url).host ? 'okta' : 'auth0'
  const { method = '', url = '' } = request
  underWay.set(request, { vendor, method, url: decodeURIComponent(url), startMs: readMonotonicMs(), endMs: Number.NaN })
})
subscribe('http.server.response.finish', (message) => {
  const call = underWay.get((message as { request: IncomingMessage }).request)
  if (call) calls.push({ ...call, endMs: readMonotonicMs() })
})

const { okta, auth0 } = tenants
const addresses: TenantAddresses = {
  okta: { url: okta.url, token: okta.token },
  auth0: { url: auth0.url, domain: auth0.domain, client: auth0.client },
}
serveQuestions<TenantsQuestion>(
  addresses,
  async ({ leave = [] }) => {
    for (const id of leave) okta.users.transition(id, 'deactivate')
    return calls
  },
  tenants.close,
)

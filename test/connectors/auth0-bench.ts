import { apply } from '../../connectors/auth0/lockout/apply.ts'
import { plan } from '../../connectors/auth0/lockout/plan.ts'
import type { Auth0Client } from '../../connectors/auth0/tenant/client.ts'
import { connect } from '../../connectors/auth0/tenant/client.ts'
import { type Auth0Config, config as schema } from '../../connectors/auth0/tenant/config.ts'
import { makeAuth0Environment } from '../../lab/environment.ts'
import { type Auth0Tenant, type Auth0TenantOptions, startAuth0Tenant } from '../../lab/simulators/auth0/server.ts'
import { makeClientTokens } from '../../src/host/client-tokens.ts'
import { type Access, type Change, foldEmail, type Person, type PersonState, type Plan } from '../../src/index.ts'
import { retryRead } from '../../src/outbound/retry.ts'

export const janeId = '00u1jane0000000000x7'
export const database = 'Username-Password-Authentication'

/** The connector at work on a simulated tenant, in the order in which the hub drives it. */
export type Bench = AsyncDisposable & {
  tenant: Auth0Tenant
  config: Auth0Config
  client: Auth0Client
  plan(person: Person, targets?: string[]): Promise<Plan>
  /** Plan, apply each change (what is owed last), then plan again for the same targets. */
  run(person: Person): Promise<{ plan: Plan; notes: string[]; left: Change[] }>
}

type Given = { tenant?: Auth0TenantOptions; settings?: Record<string, string>; fetch?: typeof fetch }

export async function startBench({
  tenant: options = {},
  settings = {},
  fetch: given = fetch,
}: Given = {}): Promise<Bench> {
  const tenant = await startAuth0Tenant(options)
  const config = schema.parse({
    ...makeAuth0Environment(tenant),
    ...settings,
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const client = await connect({
    id: 'auth0',
    config,
    fetch: given,
    retry: retryRead,
    tokens: makeClientTokens({ id: 'auth0' }),
    log,
  })
  const cause = { eventId: 'evt_1', type: 'user.lifecycle.deactivate', time: '2026-08-01T10:00:00.000Z' }
  const { signal } = new AbortController()

  const planFor = async (person: Person, targets?: string[]) =>
    plan({ client, config, person, cause, signal, ...(targets ? { targets } : {}) })

  const run = async (person: Person) => {
    const planned = await planFor(person)
    const notes: string[] = []
    const inOrder = [...planned.changes].sort((a, b) => Number(a.owed ?? false) - Number(b.owed ?? false))
    for (const change of inOrder) {
      const applied = await apply({ change, client })
      if (applied) notes.push(applied.note)
    }
    const targets = [...new Set(planned.changes.map(({ target }) => target))]
    const left = targets.length > 0 ? (await planFor(person, targets)).changes : []
    return { plan: planned, notes, left }
  }

  return { tenant, config, client, plan: planFor, run, [Symbol.asyncDispose]: () => tenant.close() }
}

type PersonFacts = {
  authorityId?: string
  emails?: string[]
  /** E-mails that the authority said before. */
  formerEmails?: string[]
  logins?: string[]
  formerLogins?: string[]
  links?: string[]
  adopted?: string[]
  status?: string
  statusChangedAt?: string | null
  others?: { email: string; authorityId: string; access: Access }[]
  /** What the authority says of another id; absent: nothing for certain. */
  otherIds?: Record<string, { status: string; access: Access }>
}

export function person(access: Access, facts: PersonFacts = {}): Person {
  const {
    authorityId = janeId,
    emails = ['Jane.Doe@acme.example'],
    formerEmails = [],
    links = [],
    others = [],
    logins = [],
  } = facts
  return {
    id: 'per_1',
    source: 'okta',
    authorityId,
    state: stateOf({
      authorityId,
      access,
      emails,
      logins,
      status: facts.status ?? (access === 'deny' ? 'DEPROVISIONED' : 'ACTIVE'),
      ...(facts.statusChangedAt !== undefined && { statusChangedAt: facts.statusChangedAt }),
    }),
    emails: [...new Set([...emails, ...formerEmails].map(foldEmail))],
    spellings: [...emails, ...formerEmails],
    logins: [...logins, ...(facts.formerLogins ?? [])],
    links,
    adopted: facts.adopted ?? [],
    othersHolding: async (email) =>
      others
        .filter((other) => other.email === email)
        .map((other) =>
          stateOf({ ...other, emails: [other.email], status: other.access === 'deny' ? 'DEPROVISIONED' : 'ACTIVE' }),
        ),
    stateOfOther: async (id) => {
      const said = facts.otherIds?.[id]
      return said ? stateOf({ ...said, authorityId: id, emails: [] }) : null
    },
  }
}

type StateFacts = Pick<PersonState, 'authorityId' | 'access' | 'emails' | 'status'> & Partial<PersonState>

function stateOf(facts: StateFacts): PersonState {
  return { statusChangedAt: '2026-08-01T09:59:59.000Z', logins: [], readAt: '2026-08-01T10:00:00.500Z', ...facts }
}

/** The hub's object as an earlier run would have left it. */
export function hubObject(facts: Record<string, unknown> = {}) {
  return {
    id: janeId,
    status: 'DEPROVISIONED',
    deactivated: true,
    changed_at: null,
    event_id: 'evt_0',
    blocked_by_hub: false,
    ...facts,
  }
}

/** How often each vendor call was made, the token left out. */
export function countCalls(tenant: Auth0Tenant): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, path } of tenant.calls) {
    if (path === '/oauth/token') continue
    const name = `${method} ${path.replace('/api/v2', '').replace(/\/users\/[^/]+/, '/users/:id')}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

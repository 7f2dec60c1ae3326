import { deprovision, has } from '../../connectors/auth0/access/deprovision.ts'
import { provision } from '../../connectors/auth0/access/provision.ts'
import { readSights } from '../../src/core/sight.ts'
import type { AccessRequest, Look, Person } from '../../src/index.ts'
import { type Bench, person, startBench } from './auth0-bench.ts'

export const janeOkta = 'okta|acme-okta|00u1jane0000000000x7'
export const roles = [
  { id: 'rol_billing', name: 'Billing', permissions: [{ api: 'https://api.acme.example', name: 'read:bills' }] },
  { id: 'rol_support', name: 'Support' },
  { id: 'rol_admin', name: 'Admin', permissions: [{ api: 'https://acme.eu.auth0.com/api/v2/', name: 'update:users' }] },
]
export const organizations = [{ id: 'org_partners', name: 'partners' }]

export const billing = 'role:rol_billing'
export const support = 'role:rol_support'
export const partners = 'organization:org_partners'
export const partnersBilling = 'organization:org_partners/role:rol_billing'
export const partnersSupport = 'organization:org_partners/role:rol_support'

/** 2026-08-01T10:00:00Z, plus hours. */
export const at = (hours: number) => new Date(Date.UTC(2026, 7, 1, 10) + hours * 3_600_000)
export const isoAt = (hours: number) => at(hours).toISOString()

type Ask = {
  person?: Person | null
  email?: string
  /** Null: without an end. */
  hours?: number | null
  /** Hours after `at(0)`. */
  now?: number
  signal?: AbortSignal
}

type AccessBench = Bench & {
  logged: string[]
  provision(targets: string[], ask?: Ask & { person?: Person }): Promise<void>
  deprovision(targets: string[], ask?: Ask): Promise<void>
  has(targets: string[], ask?: Ask): Promise<string[]>
  /** The whole answer of `has`. */
  look(targets: string[], ask?: Ask): Promise<Look>
  rolesOf(userId: string): string[]
  notesOf(userId: string): unknown
}

export const jane = person('allow')

/** The connector's access handlers on a tenant where Jane has one user, through Okta. */
export async function startAccess(given: Parameters<typeof startBench>[0] = {}): Promise<AccessBench> {
  const users = [{ connection: 'acme-okta', id: '00u1jane0000000000x7', email: 'Jane.Doe@acme.example' }]
  const bench = await startBench({ ...given, tenant: { users, roles, organizations, ...given.tenant } })
  const { tenant, client, config } = bench
  const logged: string[] = []
  const log = { debug() {}, info() {}, warn: (_: unknown, text: string) => void logged.push(text), error() {} }
  const context = (targets: string[], { email = 'jane.doe@acme.example', hours = null, now = 0, signal }: Ask) => ({
    client,
    config,
    log,
    signal: signal ?? new AbortController().signal,
    now: () => at(now),
    request: requestFor(targets, { email, hours, now }),
  })
  return {
    ...bench,
    logged,
    provision: (targets, ask = {}) => provision({ ...context(targets, ask), person: ask.person ?? jane }),
    deprovision: (targets, ask = {}) => deprovision({ ...context(targets, ask), ...personOf(ask) }),
    has: async (targets, ask = {}) =>
      readSights(await has({ ...context(targets, ask), ...personOf(ask) }), targets)?.had ?? [],
    look: (targets, ask = {}) => has({ ...context(targets, ask), ...personOf(ask) }),
    rolesOf: (userId) => tenant.roles.ofUser(userId).map(({ id }) => id),
    notesOf: (userId) => tenant.users.get(userId).app_metadata.okta_grants,
  }
}

function personOf({ person: given }: Ask): { person: Person | null } {
  return { person: given === undefined ? jane : given }
}

function requestFor(
  targets: string[],
  { email, hours, now }: { email: string; hours: number | null; now: number },
): AccessRequest {
  return {
    subject: { email, givenName: 'Jane', familyName: 'Doe' },
    application: { id: 'crm', instanceId: null, label: 'CRM' },
    permissions: targets.map((target) => ({ value: target, label: target, source: 'MANUAL', target })),
    accessLengthSeconds: hours === null ? null : hours * 3_600,
    until: hours === null ? null : isoAt(now + hours),
    comment: null,
    taskUrl: null,
    fields: undefined,
  }
}

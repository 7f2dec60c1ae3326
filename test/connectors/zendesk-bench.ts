import { config as schema, type ZendeskConfig } from '../../connectors/zendesk/config.ts'
import zendesk from '../../connectors/zendesk/index.ts'
import {
  startZendeskTenant,
  type ZendeskTenant,
  type ZendeskTenantOptions,
} from '../../lab/simulators/zendesk/server.ts'
import { readSights } from '../../src/core/sight.ts'
import { makeClientTokens } from '../../src/host/client-tokens.ts'
import type { DoctorCheck, Person } from '../../src/index.ts'
import { makeLimitedFetch } from '../../src/outbound/limited-fetch.ts'
import { adaEmail, inlineContext, knownPerson, type LogLines } from './inline-context.ts'

type Ask = { email?: string; person?: Person | null; signal?: AbortSignal; names?: boolean }

/** The connector at work on a simulated Zendesk, called as the hub calls it. */
type ZendeskBench = AsyncDisposable & {
  tenant: ZendeskTenant
  config: ZendeskConfig
  lines: LogLines
  provision(targets: readonly string[], ask?: Ask): Promise<unknown>
  deprovision(targets: readonly string[], ask?: Ask): Promise<unknown>
  has(targets: readonly string[], ask?: Ask): Promise<string[]>
  /** The whole answer of `has`. */
  look(targets: readonly string[], ask?: Ask): Promise<unknown>
  doctor(): Promise<DoctorCheck[]>
  /** What was written, in order. */
  writes(): { call: string; body: unknown }[]
  /** The user with this e-mail, as Zendesk holds it. */
  userOf(email?: string): { role: string; custom_role_id: number | null; name: string } | undefined
}

export const lightRole = { id: 501, name: 'Light agent', role_type: 1, configuration: { light_agent: true } }
export const staffRole = {
  id: 502,
  name: 'Staff',
  role_type: 0,
  configuration: { manage_roles: 'none', manage_team_members: 'readonly', manage_api_credentials: false },
}
export const teamLeadRole = {
  id: 503,
  name: 'Team lead',
  role_type: 0,
  configuration: { manage_roles: 'none', manage_team_members: 'all-with-self-restriction' },
}

type Given = { tenant?: ZendeskTenantOptions; settings?: Record<string, string> }

export async function startZendeskBench({ tenant: options, settings }: Given = {}): Promise<ZendeskBench> {
  const tenant = await startZendeskTenant(options)
  const config = schema.parse({
    ZENDESK_SUBDOMAIN: 'acme',
    ZENDESK_BASE_URL: tenant.url,
    ...(settings?.ZENDESK_OAUTH_TOKEN
      ? {}
      : { ZENDESK_EMAIL: tenant.credentials.email, ZENDESK_API_TOKEN: tenant.credentials.apiToken }),
    ZENDESK_GRANTS: '{"zendesk": "role:agent"}',
    ...settings,
  })
  const lines: LogLines = []
  const fetch = makeLimitedFetch({ timeoutSeconds: 2 })
  const client = await zendesk.connect?.({
    id: 'zendesk',
    config,
    fetch,
    retry: (read) => read(),
    tokens: makeClientTokens({ id: 'zendesk' }),
    log: inlineContext({ targets: [] }).log,
  })
  if (!client) throw new Error('no client')
  const context = (targets: readonly string[], { email, signal, names }: Ask) => {
    const given = inlineContext({
      targets,
      lines,
      ...(email ? { email } : {}),
      ...(signal ? { signal } : {}),
      ...(names === undefined ? {} : { names }),
    })
    return { ...given, request: { ...given.request, fields: undefined }, client, config }
  }
  return {
    tenant,
    config,
    lines,
    provision: async (targets, ask = {}) =>
      zendesk.provision?.({ ...context(targets, ask), person: personIn(ask) ?? knownPerson() }),
    deprovision: async (targets, ask = {}) =>
      zendesk.deprovision?.({ ...context(targets, ask), person: personIn(ask) }),
    has: async (targets, ask = {}) => {
      const answer = await zendesk.has?.({ ...context(targets, ask), person: personIn(ask) })
      return readSights(answer, targets)?.had ?? []
    },
    look: async (targets, ask = {}) => zendesk.has?.({ ...context(targets, ask), person: personIn(ask) }),
    doctor: async () => (await zendesk.doctor?.({ client, config, fetch, file: async () => '' })) ?? [],
    writes: () =>
      tenant.calls
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path, body }) => ({ call: `${method} ${path.replace(/\d+$/, ':id')}`, body })),
    userOf: (email = adaEmail) => tenant.users.all().find((user) => user.email.toLowerCase() === email.toLowerCase()),
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}

function personIn({ person, email }: Ask): Person | null {
  return person === undefined ? knownPerson(email ? { emails: [email] } : {}) : person
}

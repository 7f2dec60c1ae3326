import okta from '../../connectors/okta/index.ts'
import { config } from '../../connectors/okta/org/config.ts'
import { type OktaTenantOptions, startOktaTenant } from '../../lab/simulators/okta/server.ts'
import { makeClientTokens } from '../../src/host/client-tokens.ts'
import { invoke, type Person } from '../../src/index.ts'

export const billing = 'group:00gbilling'
export const support = 'group:00gsupport'
/** Its users have it by themselves, or through the group of `support`. */
export const crm = 'app:0oacrm'

const email = 'lena@acme.test'
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export const reader = { value: 'reader', scopes: ['okta.users.read'] }
export const granterScopes = ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read']
const granter = { value: 'granter', scopes: granterScopes }

const org: OktaTenantOptions = {
  tokens: [reader, granter],
  users: [{ id: '00ulena', profile: { login: email, email, firstName: 'Lena', lastName: 'Park' } }],
  groups: [
    { id: '00gbilling', name: 'Billing' },
    { id: '00gsupport', name: 'Support' },
    { id: '00gadmins', name: 'Admins', roles: ['HELP_DESK_ADMIN'] },
    { id: '00gcustom', name: 'Custom admins', roles: ['CUSTOM'] },
    { id: '00gimported', name: 'From a directory', type: 'APP_GROUP' },
    { id: '00geveryone', name: 'Everyone', type: 'BUILT_IN' },
  ],
  applications: [
    { id: '0oacrm', label: 'CRM', groups: ['00gsupport'] },
    { id: '0oaconsole', name: 'saasure', label: 'Okta Admin Console' },
  ],
}

/** `id`: of the connector's instance. */
type Beginning = OktaTenantOptions & { settings?: Record<string, string>; id?: string }

/** The connector in front of a simulated org; its handlers are called for Lena unless told otherwise. */
export async function startOktaBench({ settings, id = 'okta', ...options }: Beginning = {}) {
  const tenant = await startOktaTenant({ ...org, ...options })
  const given = {
    OKTA_ORG_URL: tenant.url,
    OKTA_GRANTS: JSON.stringify({ finance: { billing, support }, sales: crm }),
    ...(settings ?? { OKTA_API_TOKEN: 'reader', OKTA_GRANTS_API_TOKEN: 'granter' }),
  }
  const parsed = config.parse(given)
  /** Access tokens as the org issued them. */
  const issued: string[] = []
  const watched: typeof fetch = async (url, init) => {
    const response = await fetch(url, init)
    if (!String(url).endsWith('/oauth2/v1/token') || !response.ok) return response
    const { access_token } = (await response.clone().json()) as { access_token: string }
    issued.push(access_token)
    return response
  }
  const retry = async <T>(attempt: () => Promise<T>) => attempt().catch(() => attempt())
  const client = await okta.connect?.({
    id,
    config: parsed,
    fetch: watched,
    retry,
    tokens: makeClientTokens({ id }),
    log,
  })
  if (!client) throw new Error('the connector has no connect')
  const { signal } = new AbortController()
  const lena = { authorityId: '00ulena', source: id }
  const asked = (targets: string[]) => ({ permissions: targets.map((target) => ({ target })) })
  const how = { config: given, client, log }

  return {
    tenant,
    issued,
    client,
    provision: (targets: string[], person: Partial<Person> = lena) =>
      invoke(okta, 'provision', { request: asked(targets), person }, how),
    deprovision: (targets: string[], person: Partial<Person> | null = lena) =>
      invoke(okta, 'deprovision', { request: asked(targets), person }, how),
    has: (targets: string[], person: Partial<Person> | null = lena) =>
      invoke(okta, 'has', { request: asked(targets), person }, how),
    read: async () =>
      okta.read?.({ client, config: parsed, signal, log, now: () => new Date(), authorityId: '00ulena' }),
    doctor: async () => (await okta.doctor?.({ client, config: parsed, fetch, file: async () => '' })) ?? [],
    /** What Lena has, as the org knows it. */
    groups: () => tenant.groups.ofUser('00ulena').map((group) => group.id),
    apps: () => tenant.applications.users('0oacrm').map(({ user, scope }) => `${user.id} ${scope}`),
    events: () => tenant.log.query({}).events.map(({ eventType }) => eventType),
    writes: () =>
      tenant.calls
        .filter(({ method, path }) => method !== 'GET' && path.startsWith('/api/'))
        .map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: tenant.close,
  }
}

/** Returns the error that a promise is rejected with; fails if it is fulfilled. */
export function catchError(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: Error) => error,
  )
}

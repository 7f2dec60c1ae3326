import { connect } from '../../connectors/github/client.ts'
import { type GitHubConfig, config as schema } from '../../connectors/github/config.ts'
import github from '../../connectors/github/index.ts'
import type { OrganizationSeed } from '../../lab/simulators/github/directory.ts'
import { type GitHubTenant, type GitHubTenantOptions, startGitHubTenant } from '../../lab/simulators/github/server.ts'
import { readSights } from '../../src/core/sight.ts'
import { makeClientTokens } from '../../src/host/client-tokens.ts'
import type { DoctorCheck, Look, Person } from '../../src/index.ts'
import { makeLimitedFetch } from '../../src/outbound/limited-fetch.ts'
import { retryRead } from '../../src/outbound/retry.ts'
import { adaEmail, inlineContext, knownPerson, type LogLines } from './inline-context.ts'

type Ask = { email?: string; person?: Person | null; signal?: AbortSignal }

/** The connector at work on a simulated GitHub, called as the hub calls it. */
type GitHubBench = AsyncDisposable & {
  tenant: GitHubTenant
  config: GitHubConfig
  lines: LogLines
  provision(targets: readonly string[], ask?: Ask): Promise<unknown>
  deprovision(targets: readonly string[], ask?: Ask): Promise<unknown>
  has(targets: readonly string[], ask?: Ask): Promise<string[]>
  /** The whole answer of `has`. */
  look(targets: readonly string[], ask?: Ask): Promise<Look>
  doctor(): Promise<DoctorCheck[]>
  /** The calls that changed something, in order. */
  writes(): string[]
}

export const acme: OrganizationSeed = {
  login: 'acme',
  members: [{ login: 'acme-owner', role: 'admin' }, { login: 'omar-dev' }],
  teams: [
    { slug: 'platform', members: [{ login: 'omar-dev', role: 'maintainer' }] },
    { slug: 'platform-oncall', parent: 'platform' },
    { slug: 'security' },
  ],
  roles: [
    { name: 'security_manager', base_role: 'read', permissions: ['write_security'], teams: ['security'] },
    { name: 'all_repo_read', base_role: 'read', permissions: [], teams: ['platform'] },
  ],
  identities: [
    { nameId: adaEmail, login: 'ada-k' },
    { nameId: 'not.linked@acme.example', login: null },
  ],
}

export const accounts = [
  { login: 'acme-owner', publicEmail: adaEmail },
  { id: 583231, login: 'ada-k', verifiedEmails: [adaEmail] },
  { login: 'omar-dev', verifiedEmails: ['omar@acme.example'] },
  { login: 'ada.kern' },
]

type Given = {
  tenant?: GitHubTenantOptions
  settings?: Record<string, string>
  timeoutSeconds?: number
  /** Hears of every call as it goes out. */
  onCall?: (url: string) => void
}

export async function startGitHubBench({
  tenant: options,
  settings,
  timeoutSeconds = 2,
  onCall,
}: Given = {}): Promise<GitHubBench> {
  const tenant = await startGitHubTenant({ accounts, organizations: [structuredClone(acme)], ...options })
  const config = schema.parse({
    GITHUB_BASE_URL: tenant.url,
    ...(settings?.GITHUB_APP_ID ? {} : { GITHUB_TOKEN: tenant.token }),
    GITHUB_GRANTS: '{"github": {"org": "org:acme", "platform": "team:acme/platform"}}',
    ...settings,
  })
  const lines: LogLines = []
  const limited = makeLimitedFetch({ timeoutSeconds })
  const fetch: typeof globalThis.fetch = (input, init) => {
    onCall?.(String(input))
    return limited(input, init)
  }
  const log = inlineContext({ targets: [], lines }).log
  const client = await connect({
    id: 'github',
    config,
    fetch,
    retry: retryRead,
    tokens: makeClientTokens({ id: 'github' }),
    log,
  })
  const context = (targets: readonly string[], { email, signal }: Ask) => ({
    ...inlineContext({ targets, lines, ...(email ? { email } : {}), ...(signal ? { signal } : {}) }),
    client,
    config,
  })
  const fields = { fields: undefined }
  return {
    tenant,
    config,
    lines,
    provision: async (targets, ask = {}) => {
      const given = context(targets, ask)
      const person = ask.person ?? knownPerson(ask.email ? { emails: [ask.email] } : {})
      return github.provision?.({ ...given, request: { ...given.request, ...fields }, person })
    },
    deprovision: async (targets, ask = {}) => {
      const given = context(targets, ask)
      return github.deprovision?.({ ...given, request: { ...given.request, ...fields }, person: personIn(ask) })
    },
    has: async (targets, ask = {}) => {
      const given = context(targets, ask)
      const answer = await github.has?.({ ...given, request: { ...given.request, ...fields }, person: personIn(ask) })
      return readSights(answer, targets)?.had ?? []
    },
    look: async (targets, ask = {}) => {
      const given = context(targets, ask)
      const answer = await github.has?.({ ...given, request: { ...given.request, ...fields }, person: personIn(ask) })
      if (!answer || Array.isArray(answer)) throw new Error('no sights')
      return answer
    },
    doctor: async () => (await github.doctor?.({ client, config, fetch, file: async () => '' })) ?? [],
    writes: () =>
      tenant.calls
        .filter(({ method, path }) => method !== 'GET' && path !== '/graphql' && !path.startsWith('/app/'))
        .map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}

function personIn({ person, email }: Ask): Person | null {
  return person === undefined ? knownPerson(email ? { emails: [email] } : {}) : person
}

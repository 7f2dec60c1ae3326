import { type Call, type Refusal, startServer } from '../http-server.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'
import { createGitHubApp } from './app.ts'
import { type AppSeed, type Credentials, createCredentials, type TokenSeed } from './credentials.ts'
import { type AccountSeed, createDirectory, type Directory, type OrganizationSeed } from './directory.ts'
import { GitHubFault, primaryLimit, renderFault, secondaryLimit } from './requests.ts'

export type GitHubTenantOptions = {
  port?: number
  accounts?: AccountSeed[]
  organizations?: OrganizationSeed[]
  /** Fine-grained tokens; by default one that may do everything. */
  tokens?: TokenSeed[]
  apps?: AppSeed[]
}

export type GitHubTenant = AsyncDisposable & {
  url: string
  port: number
  /** The first token. */
  token: string
  calls: Call[]
  directory: Directory
  credentials: Pick<Credentials, 'revokeAll'>
  /** Makes the API misbehave; returns how to end it. A status of 403 is the secondary rate limit. */
  misbehave: (rule: Misbehaviour) => () => void
  calm: () => void
  close: () => Promise<void>
}

const DEFAULT_TOKEN = 'github_pat_simulated'

/** Starts a simulated GitHub on 127.0.0.1: its organizations, teams, invitations, and single sign-on identities. */
export async function startGitHubTenant(options: GitHubTenantOptions = {}): Promise<GitHubTenant> {
  const { tokens = [{ token: DEFAULT_TOKEN }], apps = [] } = options
  const weather = createWeather()
  const directory = createDirectory({ accounts: options.accounts ?? [], organizations: options.organizations ?? [] })
  const credentials = createCredentials({ tokens, apps })
  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: (url) => {
      const app = createGitHubApp({ url, directory, credentials })
      return { handle: (request: Request) => app.fetch(request), refuse }
    },
    control: () => ({ lists: {}, calm: weather.calm }),
  })
  return {
    url: server.url,
    port: server.port,
    token: tokens[0]?.token ?? DEFAULT_TOKEN,
    calls: server.calls,
    directory,
    credentials,
    misbehave: weather.misbehave,
    calm: weather.calm,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

function refuse({ status, resetSeconds }: Refusal): Response {
  if (status === 429) return renderFault(primaryLimit(resetSeconds))
  if (status === 403) return renderFault(secondaryLimit(resetSeconds))
  return renderFault(new GitHubFault(status, 'The simulated tenant was told to refuse this'))
}

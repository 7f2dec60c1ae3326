import type { Octokit } from '@octokit/core'
import { z } from 'zod'
import { type ConnectContext, CredentialError, PermanentError } from '../../src/index.ts'
import { parseAnswer, readOrNull } from './answers.ts'
import type { GitHubConfig } from './config.ts'
import { toHubError, toHubErrorFromGraphql } from './errors.ts'

/** One organization, called with the credential that is valid there, until the signal aborts. */
export type Organization = {
  login: string
  signal: AbortSignal
  /** Octokit's own `request`; what it throws is in the hub's words already. */
  request: Octokit['request']
  /** One GraphQL query; the answer is for the caller to parse. */
  graphql(query: string, variables: Record<string, unknown>): Promise<unknown>
}

export type GitHubClient = {
  organization(login: string, signal: AbortSignal): Promise<Organization>
  /** Reads who the credential is: it concerns no organization and no person. */
  whoAmI(signal: AbortSignal): Promise<void>
}

/**
 * Connects through Octokit's core, loaded only now. It has no retries: those are a plugin of its own, which is not installed.
 * The token goes in as a header, because the authentication hook of auth-app sleeps up to five seconds and repeats.
 */
export async function connect({ config, fetch, retry, tokens }: ConnectContext<GitHubConfig>): Promise<GitHubClient> {
  const { Octokit } = await import('@octokit/core')
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const octokit = new Octokit({ baseUrl: config.GITHUB_BASE_URL, request: { fetch, log: silent }, log: silent })
  octokit.hook.wrap('request', (request, options) => {
    const call = async () => {
      try {
        return await request(options)
      } catch (error) {
        throw toHubError(error)
      }
    }
    return isRead(options) ? retry(call) : call()
  })
  const { tokenFor, whoAmI } = await makeTokenSource(octokit, { config, fetch, tokens })
  return {
    whoAmI,
    organization: async (login, signal) => {
      const headers = { authorization: `Bearer ${await tokenFor(login)}`, 'x-github-api-version': '2022-11-28' }
      signal.throwIfAborted()
      const request = octokit.request.defaults({ headers, request: { signal } })
      const graphql = async (query: string, variables: Record<string, unknown>) => {
        try {
          return await octokit.graphql(query, { ...variables, headers, request: { signal } })
        } catch (error) {
          throw toHubErrorFromGraphql(error)
        }
      }
      return { login, signal, request: request as Octokit['request'], graphql }
    },
  }
}

/** Every query of this connector reads; a POST anywhere else writes. */
function isRead({ method, url }: { method: string; url: string }): boolean {
  return method === 'GET' || (method === 'POST' && url.endsWith('/graphql'))
}

const installation = z.object({ id: z.number() })

/** An installation's token lives for an hour (GitHub docs: installation access tokens). What auth-app keeps begins with it. */
const installationTokenSeconds = 3600

/** The store in which auth-app keeps tokens of installations, each as a text with what belongs to it. */
function cacheIn(tokens: ConnectContext<GitHubConfig>['tokens']) {
  return {
    get: (key: string) => tokens.find(key)?.text ?? '',
    set: (key: string, text: string) => tokens.keep(key, { text, lifeSeconds: installationTokenSeconds }),
  }
}

/** The token for an organization: the one that was given, or one of the app's installation there (an hour each). */
async function makeTokenSource(
  octokit: Octokit,
  { config, fetch, tokens }: Pick<ConnectContext<GitHubConfig>, 'config' | 'fetch' | 'tokens'>,
): Promise<{ tokenFor(login: string): Promise<string>; whoAmI: GitHubClient['whoAmI'] }> {
  const { GITHUB_TOKEN: token, GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey } = config
  const { request } = octokit
  const ask = async (route: string, { bearer, signal }: { bearer: string; signal: AbortSignal }) => {
    await request(route, { headers: { authorization: `Bearer ${bearer}` }, request: { signal } })
  }
  if (token) return { tokenFor: async () => token, whoAmI: (signal) => ask('GET /user', { bearer: token, signal }) }
  if (!appId || !privateKey) throw new CredentialError('GitHub has no credential')
  const { createAppAuth } = await import('@octokit/auth-app')
  const auth = createAppAuth({
    appId,
    privateKey,
    request: request.defaults({ request: { fetch } }),
    cache: cacheIn(tokens),
  })
  const installations = new Map<string, number>()

  const signAsApp = async (): Promise<string> => {
    const app = await auth({ type: 'app' }).catch(() => {
      throw new CredentialError('GITHUB_APP_PRIVATE_KEY is not a key that can sign: paste the whole PEM file')
    })
    return app.token
  }

  const installationIn = async (org: string): Promise<number> => {
    const known = installations.get(org)
    if (known !== undefined) return known
    const headers = { authorization: `Bearer ${await signAsApp()}` }
    const found = await readOrNull(request('GET /orgs/{org}/installation', { org, headers }))
    if (!found)
      throw new PermanentError(`The GitHub App is not installed in the organization ${org}: have an owner install it`)
    const { id } = parseAnswer(installation, found.data, 'find the installation')
    installations.set(org, id)
    return id
  }
  const tokenFor = async (org: string): Promise<string> => {
    const installationId = await installationIn(org)
    try {
      return (await auth({ type: 'installation', installationId })).token
    } catch (error) {
      // An app that is installed anew has another id.
      installations.delete(org)
      throw error
    }
  }
  return { tokenFor, whoAmI: async (signal) => ask('GET /app', { bearer: await signAsApp(), signal }) }
}

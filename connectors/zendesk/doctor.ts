import {
  adviseOnFailure,
  CredentialError,
  type DoctorCheck,
  type DoctorContext,
  errorMessage,
  type HttpClient,
  type Json,
  listTargets,
  ObjectRefusedError,
  PermanentError,
  RateLimitError,
} from '../../src/index.ts'
import { makeZendeskReads } from './client.ts'
import type { ZendeskConfig } from './config.ts'
import type { Created } from './find-user.ts'
import { explainMissingRole, findAdministratingRight, isAdmin, isLight } from './roles.ts'
import type { CustomRole } from './schemas.ts'
import { parseRole, type WantedRole } from './target.ts'

type Context = Pick<DoctorContext<Created, ZendeskConfig>, 'config' | 'fetch'>

const wayIn = 'Check ZENDESK_SUBDOMAIN, and ZENDESK_EMAIL with ZENDESK_API_TOKEN, or ZENDESK_OAUTH_TOKEN.'

/** Checks whether the hub can do its work at Zendesk, and says how to correct what is wrong. Writes nothing. */
export async function doctor({ config, fetch }: Context): Promise<DoctorCheck[]> {
  const api = makeZendeskReads(makeDoctorHttp(fetch), config)
  try {
    const own = await api.whoAmI()
    return [describeCredential(isAdmin(own)), ...checkGrants(config, await api.customRoles())]
  } catch (error) {
    const detail = errorMessage(error)
    const fix = adviseOnFailure(error, { vendor: 'Zendesk', refused: wayIn })
    const isOurs = [CredentialError, ObjectRefusedError, PermanentError].some((known) => error instanceof known)
    return [{ name: 'Zendesk credential', status: isOurs ? 'problem' : 'warning', detail, fix }]
  }
}

function describeCredential(admin: boolean): DoctorCheck {
  const name = 'Zendesk credential'
  if (admin) return { name, status: 'ok', detail: 'Accepted; it is an administrator’s, who may change roles.' }
  const detail = 'Accepted, but its user is no administrator: whether they may change roles shows at the first grant.'
  return { name, status: 'warning', detail, fix: 'Use an administrator’s, or a role that may manage team members.' }
}

function checkGrants({ ZENDESK_GRANTS: grants }: ZendeskConfig, roles: CustomRole[] | null): DoctorCheck[] {
  const targets = listTargets(grants)
  if (targets.length === 0)
    return [
      { name: 'Zendesk grants', status: 'warning', detail: 'Nothing may be granted.', fix: 'Set ZENDESK_GRANTS.' },
    ]
  return targets.map((target) => {
    const name = `Zendesk ${target}`
    const problem = findProblem(parseRole(target), roles ?? [])
    if (problem === null) return { name, status: 'ok', detail: 'It is there, and administers nothing.' }
    return { name, status: 'problem', detail: problem, fix: 'Correct ZENDESK_GRANTS.' }
  })
}

function findProblem(wanted: WantedRole, roles: readonly CustomRole[]): string | null {
  if (wanted.kind === 'agent') {
    // In an account with custom roles every agent has one, so a grant without one could never be read back.
    const isCustom = roles.some((role) => !isLight(role))
    return isCustom ? 'This account has custom roles: name one of them, as role:custom:<id>.' : null
  }
  const role = roles.find((one) => (wanted.kind === 'custom' ? one.id === wanted.id : isLight(one)))
  if (!role) return `${explainMissingRole(wanted)}, or the credential may not list them.`
  const reason = findAdministratingRight(role)
  return reason && `${role.name} administers (${reason}), and is never given.`
}

/** Makes the reading half of the hub's client from the bare `fetch` that a doctor gets. */
function makeDoctorHttp(fetch: typeof globalThis.fetch): Pick<HttpClient, 'get'> {
  return {
    get: async (url, { headers = {}, query = {} } = {}) => {
      const address = new URL(url)
      for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
      const { status, ...response } = await fetchAnswer(fetch, address, headers)
      const what = `GET ${address.origin} answered ${status}`
      if (status === 401) throw new CredentialError(what)
      if (status === 429) throw new RateLimitError(what, { retryAfterSeconds: 0 })
      if (status >= 400 && status < 500 && status !== 408)
        throw new PermanentError(what, { answer: { status, ...response } })
      if (status >= 300) throw new Error(what)
      return { status, ...response }
    },
  }
}

async function fetchAnswer(fetch: typeof globalThis.fetch, address: URL, headers: Record<string, string>) {
  const response = await fetch(address, { headers })
  const body = (await response.json().catch(() => null)) as Json
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}

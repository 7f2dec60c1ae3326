import { CredentialError, type DoctorCheck, type DoctorContext, PermanentError } from '../../src/index.ts'
import { zendeskReads } from './client.ts'
import type { ZendeskConfig } from './config.ts'
import { doctorHttp } from './doctor-http.ts'
import type { Created } from './find-user.ts'
import { administers, isAdmin, isLight, notThere } from './roles.ts'
import type { CustomRole } from './schemas.ts'
import { roleOf, type WantedRole } from './target.ts'

type Context = Pick<DoctorContext<Created, ZendeskConfig>, 'config' | 'fetch'>

const wayIn = 'Check ZENDESK_SUBDOMAIN, and ZENDESK_EMAIL with ZENDESK_API_TOKEN, or ZENDESK_OAUTH_TOKEN.'

/** Looks whether the hub can do its work at Zendesk, and says how to mend what it cannot. Writes nothing. */
export async function doctor({ config, fetch }: Context): Promise<DoctorCheck[]> {
  const api = zendeskReads(doctorHttp(fetch), config)
  try {
    const own = await api.whoAmI()
    return [credentialCheck(isAdmin(own)), ...grantChecks(config, await api.customRoles())]
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    const isOurs = error instanceof CredentialError || error instanceof PermanentError
    return [{ name: 'Zendesk credential', status: isOurs ? 'problem' : 'warning', detail, fix: wayIn }]
  }
}

function credentialCheck(admin: boolean): DoctorCheck {
  const name = 'Zendesk credential'
  if (admin) return { name, status: 'ok', detail: 'Accepted; it is an administrator’s, who may change roles.' }
  const detail = 'Accepted, but its user is no administrator: whether they may change roles shows at the first grant.'
  return { name, status: 'warning', detail, fix: 'Use an administrator’s, or a role that may manage team members.' }
}

function grantChecks({ ZENDESK_GRANTS: grants }: ZendeskConfig, roles: CustomRole[] | null): DoctorCheck[] {
  const targets = Object.values(grants).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)))
  if (targets.length === 0)
    return [
      { name: 'Zendesk grants', status: 'warning', detail: 'Nothing may be granted.', fix: 'Set ZENDESK_GRANTS.' },
    ]
  return [...new Set(targets)].map((target) => {
    const name = `Zendesk ${target}`
    const problem = problemOf(roleOf(target), roles ?? [])
    if (problem === null) return { name, status: 'ok', detail: 'It is there, and administers nothing.' }
    return { name, status: 'problem', detail: problem, fix: 'Correct ZENDESK_GRANTS.' }
  })
}

function problemOf(wanted: WantedRole, roles: readonly CustomRole[]): string | null {
  if (wanted.kind === 'agent') {
    // Where agents have custom roles, nobody is left with none: the grant would never be read back.
    const isCustom = roles.some((role) => !isLight(role))
    return isCustom ? 'This account has custom roles: name one of them, as role:custom:<id>.' : null
  }
  const role = roles.find((one) => (wanted.kind === 'custom' ? one.id === wanted.id : isLight(one)))
  if (!role) return `${notThere(wanted)}, or the credential may not list them.`
  const reason = administers(role)
  return reason && `${role.name} administers (${reason}), and is never given.`
}

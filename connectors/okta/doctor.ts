import { adviseOnStatus, type DoctorCheck, type DoctorContext, errorMessage } from '../../src/index.ts'
import { checkGrants } from './access/check-grants.ts'
import { type EventHook, eventHook, listNeededEventTypes } from './event-hook/desired-hook.ts'
import type { OktaAnswer } from './org/client.ts'
import type { OktaConfig } from './org/config.ts'
import type { OktaConnection } from './org/connection.ts'
import { listLeaveEventTypes } from './org/leave-events.ts'
import { checkLeaving } from './people/check-leaving.ts'
import { knownStatuses } from './people/person-state.ts'

type Context = DoctorContext<OktaConnection, OktaConfig>

const shortestSecret = 24
const installHook = 'npm run hub -- okta install-hook'

/** Checks whether Okta answers, what its credentials may do, whether the event hook works, and what may be granted. */
export async function doctor(context: Context): Promise<DoctorCheck[]> {
  return [...(await checkReading(context)), ...(await checkLeaving(context)), ...(await checkGrants(context))]
}

async function checkReading(context: Context): Promise<DoctorCheck[]> {
  const { client, config } = context
  const users = await client.get({ path: '/api/v1/users', query: { limit: '1' } }).catch((error: Error) => error)
  const checks = [...checkSecrets(config), ...checkStatuses(config), checkUsers(users)]
  if (users instanceof Error || !users.ok) return checks
  const hooks = await client.get({ path: '/api/v1/eventHooks' }).catch((error: Error) => error)
  return [...checks, ...checkHooks(hooks, context)]
}

function checkUsers(answer: OktaAnswer | Error): DoctorCheck {
  const name = 'okta: reading people'
  if (answer instanceof Error) {
    const fix = 'Check OKTA_ORG_URL, the credential, and the way out to the internet.'
    return { name, status: 'problem', detail: errorMessage(answer), fix }
  }
  if (answer.ok) return { name, status: 'ok', detail: 'Okta answers and lets us read people' }
  const detail = `Okta answered ${[answer.status, answer.code, answer.summary].filter(Boolean).join(' ')}`
  const fix = adviseOnStatus(answer.status, { vendor: 'Okta', refused: adviseOnRefusal(answer.status) })
  return { name, status: 'problem', detail, fix }
}

function adviseOnRefusal(status: number): string {
  if (status === 401) return 'Make a new API token, or check the client id, the key and its id.'
  if (status === 403) {
    return 'Give the credential the right to read users: read-only administrator, or the scope okta.users.read.'
  }
  return 'See that OKTA_ORG_URL is the address of your org, and that no proxy answers in its place.'
}

function checkHooks(answer: OktaAnswer | Error, context: Context): DoctorCheck[] {
  const name = 'okta: event hook'
  if (answer instanceof Error) {
    const fix = `Run the doctor again, or: ${installHook} --check`
    return [{ name, status: 'warning', detail: errorMessage(answer), fix }]
  }
  if (!answer.ok && answer.status !== 401 && answer.status !== 403) {
    const detail = `not looked at: Okta answered ${[answer.status, answer.code, answer.summary].filter(Boolean).join(' ')}`
    const fix = adviseOnStatus(answer.status, { vendor: 'Okta', refused: `Run: ${installHook} --check` })
    return [{ name, status: 'warning', detail, fix }]
  }
  if (!answer.ok) {
    const detail = `not looked at: the hub's credential may not see hooks, which is right. "${installHook} --check" looks.`
    return [{ name, status: 'ok', detail }]
  }
  const mighty: DoctorCheck = {
    name: 'okta: least privilege',
    status: 'warning',
    detail: "the hub's own credential can see event hooks, and perhaps change them",
    fix: 'Use a credential that can only read users: scope okta.users.read, or a custom admin role for it.',
  }
  return [mighty, checkHook(answer.body, context)]
}

function checkHook(body: unknown, { publicUrl, config }: Context): DoctorCheck {
  const name = 'okta: event hook'
  if (!publicUrl) {
    const fix = 'Set HUB_PUBLIC_URL to the address under which Okta reaches the hub.'
    return { name, status: 'warning', detail: 'not looked for: the public address of the hub is not known', fix }
  }
  const hooks = (Array.isArray(body) ? body : [])
    .map((hook) => eventHook.safeParse(hook))
    .flatMap((hook) => (hook.success ? [hook.data] : []))
    .filter((hook) => hook.channel.config.uri.startsWith(`${publicUrl.replace(/\/+$/, '')}/hooks/`))
  if (hooks.length === 0) {
    return { name, status: 'problem', detail: `no hook in Okta points to ${publicUrl}/hooks/…`, fix: installHook }
  }
  const faults = hooks.map((hook) => findFaults(hook, config))
  if (faults.some((found) => found.length === 0)) {
    return { name, status: 'ok', detail: 'active, verified, and subscribed to what is needed' }
  }
  return { name, status: 'problem', detail: faults.flat().join('; '), fix: installHook }
}

function findFaults(hook: EventHook, config: OktaConfig): string[] {
  const needed = listNeededEventTypes({
    denyStatuses: config.OKTA_DENY_STATUSES,
    leaveEventTypes: listLeaveEventTypes(config),
  })
  const missing = needed.filter((type) => !hook.events.items.includes(type))
  return [
    hook.status === 'ACTIVE' ? '' : `${hook.id} is ${hook.status}`,
    hook.verificationStatus === 'VERIFIED' ? '' : `${hook.id} is ${hook.verificationStatus}`,
    missing.length === 0 ? '' : `${hook.id} is not subscribed to ${missing.join(', ')}`,
  ].filter((fault) => fault !== '')
}

function checkSecrets({ OKTA_HOOK_SECRETS = [] }: OktaConfig): DoctorCheck[] {
  if (OKTA_HOOK_SECRETS.every((secret) => secret.length >= shortestSecret)) return []
  const detail = `a secret of OKTA_HOOK_SECRETS has fewer than ${shortestSecret} characters`
  const fix = 'Make a new one with "openssl rand -base64 32", put it in front of the old one, and run install-hook.'
  return [{ name: 'okta: hook secret', status: 'warning', detail, fix }]
}

function checkStatuses({ OKTA_DENY_STATUSES, OKTA_ALLOW_STATUSES }: OktaConfig): DoctorCheck[] {
  const strange = [...OKTA_DENY_STATUSES, ...OKTA_ALLOW_STATUSES].filter((status) => !knownStatuses.includes(status))
  if (strange.length === 0) return []
  const detail = `Okta is not known to use the status ${strange.join(', ')}`
  const fix = `Check OKTA_DENY_STATUSES and OKTA_ALLOW_STATUSES. Known: ${knownStatuses.join(', ')}.`
  return [{ name: 'okta: statuses', status: 'warning', detail, fix }]
}

import { adviseOnStatus, type DoctorCheck, type DoctorContext, errorMessage, isRecord } from '../../../src/index.ts'
import type { OktaClient } from '../org/client.ts'
import type { OktaConfig } from '../org/config.ts'

type Context = Pick<DoctorContext<OktaClient & { viewer?: OktaClient }, OktaConfig>, 'client' | 'config'>

/** Checks whether each application and group of OKTA_LEAVE_APPS and OKTA_LEAVE_GROUPS can be seen, and is active. */
export async function checkLeaving({ client, config }: Context): Promise<DoctorCheck[]> {
  const groups = config.OKTA_LEAVE_GROUPS.map((id) => ({ id, path: `/api/v1/groups/${id}`, scope: 'okta.groups.read' }))
  const apps = config.OKTA_LEAVE_APPS.map((id) => ({ id, path: `/api/v1/apps/${id}`, scope: 'okta.apps.read' }))
  return Promise.all([...groups, ...apps].map((one) => checkOne(one, client.viewer ?? client)))
}

type Named = { id: string; path: string; scope: string }

async function checkOne({ id, path, scope }: Named, client: OktaClient): Promise<DoctorCheck> {
  const name = `okta: leaving by ${id}`
  const answer = await client.get({ path }).catch((error: Error) => error)
  const fix = `Correct the setting, or give the hub's own credential the scope ${scope} and a role that sees it.`
  if (answer instanceof Error) return { name, status: 'problem', detail: errorMessage(answer), fix }
  if (!answer.ok) {
    const advice = adviseOnStatus(answer.status, { vendor: 'Okta', refused: fix })
    const detail = `Okta answered ${[answer.status, answer.code, answer.summary].filter(Boolean).join(' ')}: nobody leaves by it`
    return { name, status: 'problem', detail, fix: advice }
  }
  const status = isRecord(answer.body) ? answer.body.status : undefined
  if (status === undefined || status === 'ACTIVE') return { name, status: 'ok', detail: 'it can be seen' }
  const mend = 'Activate it in Okta, or take it out of the setting.'
  return { name, status: 'problem', detail: `it is ${status}: nobody leaves by it while it is`, fix: mend }
}

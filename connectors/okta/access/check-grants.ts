import {
  adviseOnFailure,
  type DoctorCheck,
  type DoctorContext,
  errorMessage,
  isRecord,
  listTargets,
} from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'
import type { OktaConnection } from '../org/connection.ts'
import { findGroupIds } from '../org/person-lists.ts'
import { type GrantTarget, parseGrantTargets } from './grant-targets.ts'

type Context = DoctorContext<OktaConnection, OktaConfig>

/** The doctor has no signal of its own: its calls end at the client's time limit. */
const neverAborted = new AbortController().signal

/** Checks whether every target of OKTA_GRANTS exists and may be granted, and whether the credential can do too much. */
export async function checkGrants(context: Context): Promise<DoctorCheck[]> {
  const allowed = listTargets(context.config.OKTA_GRANTS)
  if (allowed.length === 0) return []
  const checks: DoctorCheck[] = []
  for (const target of parseGrantTargets(allowed.map((target) => ({ target })))) {
    checks.push(await checkTarget(target, context))
  }
  return [...checks, ...(await checkLeastPrivilege(context))]
}

async function checkTarget({ access, id, kind, target }: GrantTarget, { client }: Context): Promise<DoctorCheck> {
  const name = `okta: granting ${target}`
  try {
    const called = await access.check(id, { client, signal: neverAborted })
    if (kind === 'app') return { name, status: 'ok', detail: `the application ${called} can be assigned` }
    return (
      (await checkReadBack({ id, name }, client)) ?? { name, status: 'ok', detail: `the group ${called} can be given` }
    )
  } catch (thrown) {
    const refused = 'See "Grant groups and apps" in connectors/okta/README.md.'
    const fix = adviseOnFailure(thrown, { vendor: 'Okta', refused })
    return { name, status: 'problem', detail: errorMessage(thrown), fix }
  }
}

/**
 * Grants are read back with the reading credential. If that has a custom role, it may not see the group, and then no
 * grant could be verified. The group's first member, if there is one, shows whether it does.
 */
async function checkReadBack({ id, name }: { id: string; name: string }, client: OktaConnection) {
  const members = await client.granter.get({ path: `/api/v1/groups/${id}/users`, query: { limit: '1' } })
  const [member]: unknown[] = members.ok && Array.isArray(members.body) ? members.body : []
  if (!isRecord(member) || typeof member.id !== 'string') return null
  const groups = await findGroupIds([id], { client, signal: neverAborted, userId: member.id })
  if (groups.has(id)) return null
  const detail = 'the reading credential does not see who is in the group, so no grant of it could be verified'
  const fix = 'Give the reading credential the role Read-only Administrator, or the right to view this group.'
  return { name, status: 'problem' as const, detail, fix }
}

async function checkLeastPrivilege({ client }: Context): Promise<DoctorCheck[]> {
  const hooks = await client.granter.get({ path: '/api/v1/eventHooks' }).catch((error: Error) => error)
  if (hooks instanceof Error || !hooks.ok) return []
  const detail = 'the credential that grants can see event hooks: it can do far more than change what OKTA_GRANTS names'
  const fix = 'Give it a custom role whose resource set holds these groups and apps alone.'
  return [{ name: 'okta: least privilege of grants', status: 'warning', detail, fix }]
}

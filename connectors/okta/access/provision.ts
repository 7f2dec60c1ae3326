import type { ProvisionContext } from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'
import type { OktaConnection } from '../org/connection.ts'
import { grantTargets } from './grant-target.ts'
import { granteeOf } from './grantee.ts'

/** Puts a person into the groups, and gives them the apps, that were asked for. */
export async function provision(context: ProvisionContext<OktaConnection, OktaConfig, undefined>): Promise<void> {
  const grantee = granteeOf(context)
  const targets = grantTargets(context.request.permissions)
  // All of them before the first write: a request that is refused leaves nothing behind.
  for (const { access, id } of targets) await access.check(id, grantee)
  for (const { access, id } of targets) await access.give(id, grantee)
}

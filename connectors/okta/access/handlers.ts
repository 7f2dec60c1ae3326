import type { DeprovisionContext, ProvisionContext } from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'
import type { OktaConnection } from '../org/connection.ts'
import { listHeldTargets, parseGrantTargets } from './grant-targets.ts'
import { identifyGrantee } from './target-access.ts'

/** Puts a person into the groups, and assigns them the applications, that were asked for. */
export async function provision(context: ProvisionContext<OktaConnection, OktaConfig, undefined>): Promise<void> {
  const grantee = identifyGrantee(context)
  const targets = parseGrantTargets(context.request.permissions)
  // All checks come before the first write, so that a refused request changes nothing.
  for (const { access, id } of targets) await access.check(id, grantee)
  for (const { access, id } of targets) await access.give(id, grantee)
}

/**
 * Takes a person out of the groups, and their assignments away, and reads back whether they are gone. After a failure
 * it goes on with the other targets. It does not check the targets: what must not be granted any more can be taken.
 */
export async function deprovision(context: DeprovisionContext<OktaConnection, OktaConfig, undefined>): Promise<void> {
  const { person, request, signal, log } = context
  // Okta never knew a person with this e-mail, so that there is no access.
  if (person === null) return
  const grantee = identifyGrantee({ ...context, person })
  const targets = parseGrantTargets(request.permissions)
  const failures: unknown[] = []
  for (const { access, id, target } of targets) {
    try {
      await access.take(id, grantee)
    } catch (thrown) {
      // After the end of the run nothing more may be written.
      if (signal.aborted) throw thrown
      failures.push(thrown)
      log.warn({ target, err: thrown }, 'Okta did not take access away: the other targets are tried all the same')
    }
  }
  if (failures.length > 0) throw failures[0]
  const left = await listHeldTargets(targets, grantee)
  if (left.length === 0) return
  const why = `Okta still shows ${left.join(', ')} for ${grantee.userId} after taking it away.`
  const fix = 'If that stays so, see whether the granting credential may see the group, and what puts the person back.'
  throw new Error(`${why} ${fix}`)
}

/** Lists which of the request's targets the person has now. */
export async function has(context: DeprovisionContext<OktaConnection, OktaConfig, undefined>): Promise<string[]> {
  const { person, request } = context
  if (person === null) return []
  return listHeldTargets(parseGrantTargets(request.permissions), identifyGrantee({ ...context, person }))
}

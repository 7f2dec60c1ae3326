import type { DeprovisionContext } from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'
import type { OktaConnection } from '../org/connection.ts'
import type { Grantee } from './access.ts'
import { type GrantTarget, grantTargets } from './grant-target.ts'
import { granteeOf } from './grantee.ts'
import { has } from './has.ts'

type Context = DeprovisionContext<OktaConnection, OktaConfig, undefined>

/**
 * Takes a person out of the groups, and the apps from them, and looks whether they are gone. Every target is tried
 * although another failed. What is in no list any more, or must not be granted any more, is taken away all the same.
 */
export async function deprovision(context: Context): Promise<void> {
  const { person, request } = context
  // Nobody at Okta was ever known by this e-mail: there is no one to have anything.
  if (person === null) return
  const grantee = granteeOf({ ...context, person })
  const failures: unknown[] = []
  for (const target of grantTargets(request.permissions)) await take(target, { grantee, failures, context })
  if (failures.length > 0) throw failures[0]
  const left = await has(context)
  if (left.length === 0) return
  const why = `Okta still shows ${left.join(', ')} for ${grantee.userId} after taking it away.`
  const fix = 'If that stays so, see whether the granting credential may see the group, and what puts the person back.'
  throw new Error(`${why} ${fix}`)
}

type Removal = { grantee: Grantee; failures: unknown[]; context: Context }

async function take({ access, id, target }: GrantTarget, { grantee, failures, context }: Removal): Promise<void> {
  try {
    await access.take(id, grantee)
  } catch (thrown) {
    // A run that was ended writes nothing more.
    if (context.signal.aborted) throw thrown
    failures.push(thrown)
    context.log.warn({ target, err: thrown }, 'Okta did not take access away: the other targets are tried all the same')
  }
}

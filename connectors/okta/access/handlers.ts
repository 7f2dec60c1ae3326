import type { DeprovisionContext, ProvisionContext } from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'
import type { OktaConnection } from '../org/connection.ts'
import { assignmentOf } from './app-access.ts'
import { type GrantTarget, grantTargets } from './grant-targets.ts'
import { groupsOf } from './person-lists.ts'
import type { Grantee } from './target-access.ts'
import { granteeOf } from './target-access.ts'

/** Puts a person into the groups, and gives them the apps, that were asked for. */
export async function provision(context: ProvisionContext<OktaConnection, OktaConfig, undefined>): Promise<void> {
  const grantee = granteeOf(context)
  const targets = grantTargets(context.request.permissions)
  // All of them before the first write: a request that is refused leaves nothing behind.
  for (const { access, id } of targets) await access.check(id, grantee)
  for (const { access, id } of targets) await access.give(id, grantee)
}

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

/** Which of the targets the person has, whoever gave them: an application that comes from a group counts. */
export async function has(context: DeprovisionContext<OktaConnection, OktaConfig, undefined>): Promise<string[]> {
  const { person, request } = context
  if (person === null) return []
  const grantee = granteeOf({ ...context, person })
  const targets = grantTargets(request.permissions)
  const groups = targets.some(({ kind }) => kind === 'group') ? await groupsOf(grantee) : new Set()
  const held: string[] = []
  for (const { kind, id, target } of targets) {
    if (kind === 'group' ? groups.has(id) : (await assignmentOf(id, grantee)).live) held.push(target)
  }
  return held
}

import type { CallBudget } from '../../core/call-budget.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Installed } from '../../host/installed.ts'

/** Calls that are taken for one run: what it makes beyond them is told of later. */
const callsAtAuthority = 1
const callsAtTarget = 2

type Vendors = { authority: Pick<Installed, 'id' | 'budget'>; target: Pick<Installed, 'id' | 'budget'> }

/**
 * Takes the calls of a run that was not claimed for a denial, at both of its vendors. Null: it may begin. Otherwise its
 * lane comes back, so that what is left of a limit is there for denials.
 */
export async function takeOpening({ authority, target }: Vendors): Promise<Outcome | null> {
  const read = await take(authority.budget, callsAtAuthority)
  if (read.granted === 0) return waitFor(authority.id, read.waitSeconds)
  const taken = await take(target.budget, callsAtTarget)
  if (taken.granted > 0) return null
  authority.budget?.giveBack('opening', callsAtAuthority)
  return waitFor(target.id, taken.waitSeconds)
}

/** A journal that cannot be asked is no reason to wait: the vendor's own limit is left. */
async function take(budget: CallBudget | undefined, calls: number) {
  const all = { granted: calls, waitSeconds: 0 }
  return budget ? budget.take('opening', calls).catch(() => all) : all
}

function waitFor(connector: string, waitSeconds: number): Outcome {
  return { kind: 'busy', error: `What is left of the rate limit of ${connector} is for lockouts.`, waitSeconds }
}

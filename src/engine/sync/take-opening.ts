import type { CallBudget } from '../../core/call-budget.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { WorkScope } from '../../core/work-scope.ts'
import type { Installed } from '../../host/installed.ts'

/** Calls that are taken for one run: what it makes beyond them is told of later. */
const callsAtAuthority = 1
const callsAtTarget = 2

type Vendor = Pick<Installed, 'id' | 'budget'>
type Vendors = { authority: Vendor; target: Vendor; scope: WorkScope }

/** `end`: to be called when the run has ended; what it took and did not call is free for others. */
type Opening = { refused: Outcome } | { refused: null; end(): void }

/**
 * Takes the calls of a run that was not claimed for a denial, at both of its vendors. Refused, its lane comes back, so
 * that what is left of a limit is there for denials.
 */
export async function takeOpening({ authority, target, scope }: Vendors): Promise<Opening> {
  const read = await take(authority.budget, callsAtAuthority)
  if (read.granted === 0) return { refused: waitFor(authority.id, read.waitSeconds) }
  const taken = await take(target.budget, callsAtTarget)
  if (taken.granted === 0) {
    authority.budget?.giveBack('opening', read.granted)
    return { refused: waitFor(target.id, taken.waitSeconds) }
  }
  const called = scope.notes()?.called
  return {
    refused: null,
    end() {
      // Where no scope follows the work, nobody knows what it called.
      if (!called) return
      giveBack(authority, read.granted - countCalled(called, authority))
      giveBack(target, taken.granted - countCalled(called, target))
    },
  }
}

function countCalled(called: ReadonlyMap<CallBudget, number>, { budget }: Vendor): number {
  return (budget && called.get(budget)) ?? 0
}

function giveBack({ budget }: Vendor, calls: number): void {
  if (calls > 0) budget?.giveBack('opening', calls)
}

/** A journal that cannot be asked is no reason to wait: the vendor's own limit is left. */
async function take(budget: CallBudget | undefined, calls: number) {
  const all = { granted: calls, waitSeconds: 0 }
  return budget ? budget.take('opening', calls).catch(() => all) : all
}

function waitFor(connector: string, waitSeconds: number): Outcome {
  return { kind: 'busy', error: `What is left of the rate limit of ${connector} is for lockouts.`, waitSeconds }
}

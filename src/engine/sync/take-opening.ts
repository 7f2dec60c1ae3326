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
  const read = await authority.budget?.take('opening', callsAtAuthority)
  if (read && read.granted === 0) return waitFor(authority.id, read.waitSeconds)
  const taken = await target.budget?.take('opening', callsAtTarget)
  if (!taken || taken.granted > 0) return null
  authority.budget?.giveBack('opening', callsAtAuthority)
  return waitFor(target.id, taken.waitSeconds)
}

function waitFor(connector: string, waitSeconds: number): Outcome {
  return { kind: 'busy', error: `What is left of the rate limit of ${connector} is for lockouts.`, waitSeconds }
}

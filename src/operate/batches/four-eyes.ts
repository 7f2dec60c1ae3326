import type { BatchAct, BatchActor } from '../../core/batch.ts'
import type { BatchPolicy } from '../../core/policy.ts'

type Asked = { act: BatchAct; people: number; cancelsDenials: boolean }

/**
 * Whether two people must apply a batch: of many people, and always where somebody who left would keep their access, and
 * where the hub begins to act for people.
 */
export function needsTwo(
  { act, people, cancelsDenials }: Asked,
  { fourEyesPeople }: Pick<BatchPolicy, 'fourEyesPeople'>,
): boolean {
  return cancelsDenials || act === 'enforce' || (fourEyesPeople > 0 && people > fourEyesPeople)
}

/**
 * Whose eyes look, as a surface vouches for it. `person`: one person, known at the authority. `nobody`: a program, which
 * never decides what two people must. `override`: who has the machine of the hub, or an emergency link.
 */
export type Eyes = 'person' | 'nobody' | 'override'

/**
 * What an apply means: `refused`, the `first` of two, `approved`, or `overridden`, by one alone. `applied`: who applied it
 * before, and still counts. A name that somebody gave themselves makes no second person: accounts are compared.
 */
export function decideEyes(
  operator: BatchActor,
  { eyes, two, applied }: { eyes: Eyes; two: boolean; applied: BatchActor | null },
): 'refused' | 'same_person' | 'first' | 'approved' | 'overridden' {
  if (!two) return 'approved'
  if (eyes === 'nobody') return 'refused'
  // Whether they are also the person who applied it before, nobody can tell.
  if (eyes === 'override') return 'overridden'
  if (!applied) return 'first'
  return accountOf(applied) === accountOf(operator) ? 'same_person' : 'approved'
}

function accountOf({ by, account = by }: BatchActor): string {
  return account
}

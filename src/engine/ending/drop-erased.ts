import type { Sighting } from '../../core/change.ts'
import { stripNames } from '../../core/person.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import type { Tried } from './tried.ts'

/** Whose names were erased is not called by them again, as long as they are denied. */
export function dropErased(one: Tried, { person }: ClaimedLane): Tried {
  const { run } = one
  if (!run || !person?.state?.erased || run.state?.access === 'allow') return one
  const sightings = run.sightings.filter(({ kind, value }) => !isNamed(kind) && !value.includes('@'))
  return { ...one, run: { ...run, sightings, state: run.state && stripNames(run.state) } }
}

function isNamed(kind: Sighting['kind']): boolean {
  return kind === 'email' || kind === 'login'
}

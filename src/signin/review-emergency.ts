import { UsageError } from '../core/errors.ts'
import type { Operator } from '../core/operator.ts'
import type { Journal } from '../journal/index.ts'
import { type Caller, toOperator } from './caller.ts'

type Review = {
  /** The id of the link. */
  id: string
  reason: string
  /** The caller with the request in which it is asked; absent: in none. */
  operator?: Operator
}

/**
 * Puts on record that somebody other than its person has looked at an emergency. Until then its alert is open.
 * @throws UsageError when there is no such emergency, or somebody else has to look
 */
export async function reviewEmergency(
  { orders }: { orders: Pick<Journal['orders'], 'reviewEmergency'> },
  reviewer: Caller,
  { id, reason, operator = toOperator(reviewer) }: Review,
): Promise<void> {
  if (reviewer.way === 'api') throw makeOwnError('A program looks at nothing for a person.')
  const done = await orders.reviewEmergency({ ...operator, id, reason })
  if (done === 'own') throw makeOwnError('It was for you.')
  if (done === 'reviewed') return
  throw new UsageError({
    what: `There is no emergency "${id}".`,
    why: 'The journal has no emergency link of this id.',
    fix: 'The alert names it: hub.alert.break_glass.',
    code: 'unknown_emergency',
  })
}

function makeOwnError(why: string): UsageError {
  return new UsageError({
    what: 'Somebody else has to look at this emergency.',
    why,
    fix: 'Ask another operator to sign in and to say what they found.',
  })
}

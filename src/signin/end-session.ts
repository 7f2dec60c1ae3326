import { UsageError } from '../core/errors.ts'
import type { Operator } from '../core/operator.ts'
import type { Journal } from '../journal/index.ts'
import { type Caller, toOperator } from './caller.ts'
import { mayAct } from './roles.ts'

type EndWish = {
  id: string
  /** The caller with the request in which it is asked; absent: in none. */
  operator?: Operator
  reason?: string | null
}

/**
 * Ends a session: one's own, and for an administrator anybody's. Its next request is refused.
 * @throws UsageError when there is none that this caller may end
 */
export async function endSession(
  { orders }: { orders: Pick<Journal['orders'], 'endSession'> },
  caller: Caller,
  { id, operator = toOperator(caller), reason = null }: EndWish,
): Promise<void> {
  const whose = mayEndAny(caller) ? {} : { account: caller.account }
  if (await orders.endSession({ id, ...whose, operator, reason })) return
  throw new UsageError({
    what: `There is no open session "${id}" that could be ended.`,
    why: 'The journal does not know it, it was ended before, or it is of another person.',
    fix: 'List the sessions first.',
    code: 'unknown_session',
  })
}

/** By an emergency link nobody reaches the sessions of others, whatever role it has. */
export function mayEndAny({ role, session }: Caller): boolean {
  return mayAct(role, 'admin') && session?.way !== 'break_glass'
}

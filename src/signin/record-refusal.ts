import { errorMessage } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Operator } from '../core/operator.ts'
import type { Journal } from '../journal/index.ts'
import { type Caller, toOperator } from './caller.ts'

type Refusal = {
  /** The route that was asked for: `POST /api/v1/deliveries/{id}/replay`. */
  what: string
  code: string
  /** The role that it asks for. */
  needed: string
  requestId: string
}

/**
 * Puts on record that a known caller was refused for their role, the first time in each hour. The answer does not wait
 * for a journal that cannot be written: a refusal stays one.
 */
export async function recordRefusal(
  { journal, log }: { journal: Pick<Journal, 'orders'>; log: Log },
  caller: Caller,
  { what, code, needed, requestId }: Refusal,
): Promise<void> {
  const operator: Operator = { ...toOperator(caller), requestId }
  await journal.orders.writeRefusal(operator, { what, code, facts: { needed } }).catch((thrown) => {
    log.warn({ account: caller.account, what, error: errorMessage(thrown) }, 'A refusal could not be put on record')
  })
}

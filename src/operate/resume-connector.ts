import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import type { Journal, OrderNote } from '../journal/index.ts'
import { assertReason } from './brake-orders.ts'

type Resume = OrderNote & { connector: string; reason: string }

/** Ends the pause of a connector by an operator's word. False: it was not paused. */
export async function resumeConnector(
  { journal, clock }: { journal: Pick<Journal, 'orders' | 'queue'>; clock: Clock },
  order: Resume,
): Promise<boolean> {
  assertReason(order.reason)
  const known = await journal.queue.listConnectorStates()
  if (await journal.orders.resumeConnector({ ...order, id: makeId('ord', clock) })) return true
  if (known.some(({ id }) => id === order.connector)) return false
  throw new UsageError({
    what: `${order.connector} was never paused.`,
    why: 'The journal has no pause of a connector of this id.',
    fix: 'Run "npm run hub -- resume list" for what is paused.',
    code: 'unknown_connector',
  })
}

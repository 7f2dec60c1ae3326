import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import type { PersonKey } from '../core/person.ts'
import type { Journal, OrderNote } from '../journal/index.ts'
import { assertReason } from './brake-orders.ts'

type Protection = OrderNote & PersonKey & { until: string; reason: string }

/** Puts a person on the list of those who are never locked out without an operator, until an ISO time that lies ahead. */
export async function protectPerson(
  { journal, clock }: { journal: Pick<Journal, 'orders'>; clock: Clock },
  protection: Protection,
): Promise<void> {
  assertReason(protection.reason)
  if (!(Date.parse(protection.until) > clock.now().getTime())) {
    throw new UsageError({
      what: `Nobody can be protected until ${protection.until}.`,
      why: 'That time is over, and an order like this must have an end.',
      fix: 'Give a time ahead.',
      code: 'wrong_until',
    })
  }
  await journal.orders.protect(protection)
}

import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import type { QueueSync } from '../events/resync-event.ts'
import type { Journal, PersonRow, ReasonedNote } from '../journal/index.ts'
import { assertReason } from './brake-orders.ts'

type Needs = { journal: Pick<Journal, 'orders'>; clock: Clock }

/** Has a lifted block of a person stay lifted until an ISO time that lies ahead. The flag stands. */
export async function exceptPerson(
  { journal, clock }: Needs,
  exception: ReasonedNote & { person: string; until: string },
): Promise<void> {
  assertReason(exception.reason)
  if (!(Date.parse(exception.until) > clock.now().getTime())) {
    throw new UsageError({
      what: `Nobody can be excepted until ${exception.until}.`,
      why: 'That time is over, and an order like this must have an end.',
      fix: 'Give a time ahead.',
      code: 'wrong_until',
    })
  }
  await journal.orders.exceptPerson({ ...exception, id: makeId('ord', clock) })
}

/**
 * Ends a person's exceptions now, and queues a sync, which writes the block again if the authority still denies them.
 * False: none was on.
 */
export async function endException(
  { journal, clock, queueSync }: Needs & { queueSync: QueueSync },
  { person, ...note }: ReasonedNote & { person: PersonRow },
): Promise<boolean> {
  assertReason(note.reason)
  const isEnded = await journal.orders.endExceptions({ ...note, id: makeId('ord', clock), person: person.id })
  if (isEnded) await queueSync([person], { reason: 'an exception was ended' })
  return isEnded
}

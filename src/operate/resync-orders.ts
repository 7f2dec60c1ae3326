import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import type { PersonKey } from '../core/person.ts'
import { makeResyncEvent } from '../events/resync-event.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal, ReasonedNote } from '../journal/index.ts'
import type { ResyncMode } from '../upkeep/open-listing.ts'
import { assertReason } from './brake-orders.ts'

/** What an operator wants to be listed: who changed since an ISO time (null: since the last resync), or everybody. */
export type ResyncWish = { since: string | null; full: boolean; apply: boolean }

/**
 * Chooses how a source is listed. The first full listing only records who is there, unless it is said that it is to be
 * carried out: whoever left before the hub was there would be locked out by it, and a plan comes first.
 */
export async function chooseListing(
  { records }: Pick<Journal, 'records'>,
  source: string,
  { since, full, apply }: ResyncWish,
): Promise<ResyncMode> {
  if (apply && !full) {
    throw new UsageError({
      what: 'Only a full resync is applied.',
      why: 'Other resyncs act at once.',
      fix: 'Ask for a full one too.',
    })
  }
  if (full && since !== null) {
    throw new UsageError({
      what: 'A full resync has no time since when.',
      why: 'It looks at everybody.',
      fix: 'Leave one of them out.',
    })
  }
  if (!full) return { kind: 'changed', since }
  const [row] = await records.readSources([source])
  const isFirst = !apply && (row?.fullAppliedAt ?? null) === null
  return { kind: isFirst ? 'plan' : 'full' }
}

/** Has the hub look anew at one person at every connector: what is true at the authority now is brought there. */
export async function resyncPerson(
  { journal, installed, clock }: { journal: Pick<Journal, 'orders'>; installed: readonly Installed[]; clock: Clock },
  { person, ...note }: ReasonedNote & { person: PersonKey },
): Promise<void> {
  assertReason(note.reason)
  const event = makeResyncEvent(person, { reason: `ordered by ${note.account ?? note.by}` }, { installed, clock })
  await journal.orders.orderSync({ ...note, event })
}

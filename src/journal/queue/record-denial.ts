import type { PersonState } from '../../core/person.ts'
import type { HeldLane, NewEvent } from '../../core/queue.ts'
import { type Sql, toCleanJson, transaction } from '../sql/sql.ts'
import { writeEvents } from './ingest-statement.ts'
import { toStored } from './stored-event.ts'

type Denial = {
  /** The person's id. */
  person: string
  /** What the authority said. */
  state: PersonState
  /** The lane under whose lease it was read. */
  lane: HeldLane
  /** What tells of it. */
  event: NewEvent
}

/** The person is marked as denied already, or the authority was read again since: the transaction is taken back. */
class NotNewError extends Error {}

/**
 * Marks a person as denied and journals the event that tells of it, in one transaction. False: it is no news, and nothing
 * is written. The lanes of the event's deliveries are locked before the person, as a settlement locks them: the other
 * way round the two could wait for each other.
 * @throws FencedOutError when the lane's lease was lost
 */
export async function recordDenial(sql: Sql, { person, state, lane, event }: Denial): Promise<boolean> {
  const { events } = toStored([event])
  try {
    await transaction(sql, async (tx) => {
      await writeEvents(tx, events)
      const [row] = await tx<{ marked: boolean }[]>`
        select hub.mark_denied(${person}, ${toCleanJson(state)}::text::jsonb, ${state.readAt},
          ${lane.key}, ${lane.epoch}::bigint) as marked`
      if (row?.marked !== true) throw new NotNewError('The denial is no news.')
    })
    return true
  } catch (thrown) {
    if (thrown instanceof NotNewError) return false
    throw thrown
  }
}

import { FencedOutError } from '../../core/errors.ts'
import type { PersonState } from '../../core/person.ts'
import type { HeldLane, NewEvent } from '../../core/queue.ts'
import { again, isRefused, type Sql, toCleanJson, transaction } from '../sql/sql.ts'
import { writeEvents } from './ingest-statement.ts'
import { type Limits, makeShare, type Work } from './share.ts'
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

/**
 * Marks a person as denied and journals the event that tells of it, in one transaction. False: it is no news, and nothing
 * is written.
 * @throws FencedOutError when the lane's lease was lost
 */
export type RecordDenial = (denial: Denial) => Promise<boolean>

/** A denial takes one lock: a dozen are as quickly written as one. */
const together: Limits = {
  inFlight: 2,
  maxCount: 50,
  maxBytes: 2 ** 20,
  maxWaiting: 5000,
  maxWaitingBytes: 2 ** 26,
  beside: { least: 16, afterMs: 10 },
}

type Shared = Work & { denial: Denial }

/** Lets what is read at the same moment share a statement. An event that connectors hear has a transaction of its own. */
export function makeRecordDenial(sql: Sql): RecordDenial {
  const share = makeShare<Shared, boolean>((group) => recordTogether(sql, group), together)
  return async (denial) => {
    if (denial.event.deliveries.length > 0) return recordWithDeliveries(sql, denial)
    return share({ denial, count: 1, bytes: toCleanJson(denial.state).length })
  }
}

type Recorded = { n: number; outcome: 'recorded' | 'known' | 'lost' }

/** What PostgreSQL refuses of many is written again one by one. */
async function recordTogether(sql: Sql, group: readonly Shared[]): Promise<Promise<boolean>[]> {
  try {
    const rows = toCleanJson(group.map(({ denial }, n) => toRow(denial, n)))
    const recorded = await again(() => sql<Recorded[]>`select n, outcome from hub.record_denials(${rows}::text::jsonb)`)
    const outcomes = new Map(recorded.map(({ n, outcome }) => [n, outcome]))
    return group.map(async (_, n) => {
      if (outcomes.get(n) === 'lost') throw new FencedOutError('The lease was lost to another worker.')
      return outcomes.get(n) === 'recorded'
    })
  } catch (thrown) {
    if (group.length === 1 || !isRefused(thrown)) throw thrown
    return group.map(async (one) => {
      const [alone] = await recordTogether(sql, [one])
      return alone ?? false
    })
  }
}

function toRow({ person, state, lane, event }: Denial, n: number) {
  const { id, traceId, time, receivedAt, data } = event
  return {
    ...{ n, person, state, read_at: state.readAt, lane: lane.key, epoch: lane.epoch },
    ...{ event: id, trace_id: traceId, time, received_at: receivedAt, data },
  }
}

/** The person is marked as denied already, or the authority was read again since: the transaction is taken back. */
class NotNewError extends Error {}

/**
 * The lanes of the event's deliveries are locked before the person, as a settlement locks them: the other way round the
 * two could wait for each other.
 */
async function recordWithDeliveries(sql: Sql, { person, state, lane, event }: Denial): Promise<boolean> {
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

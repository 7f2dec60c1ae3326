import type { NewEvent } from '../../core/queue.ts'
import { writeEvents } from '../queue/ingest-statement.ts'
import { lockLanes, refreshLanes } from '../queue/lanes.ts'
import { toStored } from '../queue/stored-event.ts'
import type { AnySql } from '../sql/sql.ts'
import { type NewOrder, type ReasonedNote, recordOrder } from './operator-orders.ts'
import { isLastObserving } from './replay.ts'

type Enforcement = ReasonedNote &
  Pick<NewOrder, 'facts' | 'planHash'> & {
    person: string
    /** By which the person is looked at anew. */
    event: NewEvent
  }

/**
 * Ends observing for a person, in the transaction of its caller, which has locked neither people nor lanes before: they are
 * looked at anew, and revokes of theirs that only observing keeps waiting are due. False: it had ended already.
 */
export async function enforcePersonIn(
  tx: AnySql,
  { person, event, facts = {}, planHash = null, ...note }: Enforcement,
): Promise<boolean> {
  const begun = await tx`update hub.person set enforced_at = now() where id = ${person} and enforced_at is null`
  if (begun.count === 0) return false
  const rows = await tx<{ key: string }[]>`select key from hub.lane where person = ${person}`
  const lanes = rows.map(({ key }) => key)
  await lockLanes(tx, lanes)
  await writeEvents(tx, toStored([event]).events)
  await tx`
    update hub.delivery d set next_attempt_at = now()
    where d.lane = any(${lanes}) and d.next_attempt_at is not null and d.status = 'pending' and ${isLastObserving(tx)}`
  await refreshLanes(tx, lanes)
  await recordOrder(tx, { ...note, kind: 'enforce', about: [person], facts, planHash })
  return true
}

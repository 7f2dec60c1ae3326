import type { NewEvent } from '../../core/queue.ts'
import { writeAudit } from '../audit/write-audit.ts'
import { writeEvents } from '../queue/ingest-statement.ts'
import { toStored } from '../queue/stored-event.ts'
import { type Sql, transaction } from '../sql/sql.ts'
import type { ReasonedNote } from './operator-orders.ts'

/** Journals the event by which one person is looked at anew, and who ordered that, in one transaction. */
export async function orderSync(sql: Sql, { event, reason, ...operator }: ReasonedNote & { event: NewEvent }) {
  await transaction(sql, async (tx) => {
    await writeEvents(tx, toStored([event]).events)
    const targets = event.person ? [event.person.id] : []
    await writeAudit(tx, operator, { act: 'resync', targets, facts: { event: event.id }, words: { reason } })
  })
}

import { makeId } from '../../core/id.ts'
import { adoptIn } from '../orders/person-orders.ts'
import { writeEvents } from '../queue/ingest-statement.ts'
import { toStored } from '../queue/stored-event.ts'
import { selectOpenConflicts } from '../records/people.ts'
import type { JournaledAct } from './batch-act.ts'

/**
 * Saying of users in conflict that they are the people's for whom they were met. All that is said of one user is planned
 * together: two people cannot both have them.
 */
export const adoptAct: JournaledAct<'adopt'> = {
  select: (tx, { people, connector, text }) => tx`
    select c.person as subject, c.connector || ' ' || c.target as lane, c.person, c.connector, null as direction, c.target
    from (${selectOpenConflicts(tx)}) c
    where true
      ${people === undefined ? tx`` : tx`and c.person = any(${[...people]})`}
      ${connector === undefined ? tx`` : tx`and c.connector = ${connector}`}
      ${text === undefined ? tx`` : tx`and position(hub.fold_email(${text}) in hub.fold_email(c.reason)) > 0`}`,
  async carryOut(tx, { rows, note }) {
    const done = new Set<number>()
    for (const { ordinal, subject: person, connector, target, event } of rows) {
      if (connector === null || target === null || event === null) continue
      // First, because it locks the person and their lanes, in the one order. A run of theirs holds its lane when it notes
      // sightings.
      await writeEvents(tx, toStored([event]).events)
      await adoptIn(tx, { ...note, id: makeId('ord'), person, connector, target })
      done.add(ordinal)
    }
    return done
  },
}

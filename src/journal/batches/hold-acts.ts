import { makeId } from '../../core/id.ts'
import { orderHoldsIn } from '../orders/holds.ts'
import type { JournaledAct } from './batch-act.ts'

/**
 * The release, or the cancel, of all people who are held in a direction. Each order locks the lanes of one person, so that
 * a transaction has one row: several would take locks out of the one order.
 */
export function makeHoldAct<Kind extends 'release' | 'cancel'>(kind: Kind): JournaledAct<Kind> {
  return {
    select: (tx, { direction }) => tx`
      select h.person as subject, h.person as lane, h.person, case when count(*) = 1 then min(h.connector) end as connector,
        h.direction, null as target
      from hub.hold h left join hub.brake_order o on o.id = h.brake_order
      where o.id is null and h.direction = ${direction} group by h.person, h.direction`,
    async carryOut(tx, { rows, note }) {
      const done = new Set<number>()
      for (const { ordinal, subject: person, direction } of rows) {
        const ordered = await orderHoldsIn(tx, { ...note, id: makeId('ord'), kind, person, direction })
        if (ordered.people > 0) done.add(ordinal)
      }
      return done
    },
  }
}

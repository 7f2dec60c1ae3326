import { enforcePersonIn } from '../orders/enforce-person.ts'
import type { JournaledAct } from './batch-act.ts'

/** The end of observing, for people for whom it has not ended. */
export const enforceAct: JournaledAct<'enforce'> = {
  select: (tx, { people, source }) => tx`
    select p.id as subject, p.id as lane, p.id as person, null as connector, null as direction, null as target
    from hub.person p
    where p.enforced_at is null
      ${people === undefined ? tx`` : tx`and p.id = any(${[...people]})`}
      ${source === undefined ? tx`` : tx`and p.source = ${source}`}`,
  async carryOut(tx, { rows, note }) {
    const done = new Set<number>()
    for (const { ordinal, subject: person, event } of rows) {
      if (event !== null && (await enforcePersonIn(tx, { ...note, person, event }))) done.add(ordinal)
    }
    return done
  },
}

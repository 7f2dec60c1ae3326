import { protectPeopleIn } from '../orders/person-orders.ts'
import { type JournaledAct, listPlaces } from './batch-act.ts'

/** Putting people on the list of those who are never locked out without an operator, all until one time. */
export const protectAct: JournaledAct<'protect'> = {
  select: (tx, { people }) => tx`
    select p.id as subject, p.id as lane, p.id as person, null as connector, null as direction, null as target
    from hub.person p where p.id = any(${[...people]})`,
  async carryOut(tx, { rows, terms: { until }, note }) {
    if (until === undefined) throw new TypeError('A protection without an end was planned.')
    const people = rows.map(({ subject }) => subject)
    return listPlaces(rows, new Set(await protectPeopleIn(tx, { ...note, people, until })))
  },
}

import { endGrantsIn } from '../orders/end-grants.ts'
import { type JournaledAct, listPlaces } from './batch-act.ts'

/** The end of grants that are not over. What one person has of one thing is planned together: one grant keeps what another gives. */
export const endGrantAct: JournaledAct<'end_grant'> = {
  select: (tx, { ids, people, connector, target }) => tx`
    select g.id as subject, g.person || ' ' || g.connector || ' ' || coalesce(g.permission ->> 'target', '') as lane, g.person,
      g.connector, null as direction, g.permission ->> 'target' as target
    from hub.access_grant g
    where g.ended_at is null
      ${ids === undefined ? tx`` : tx`and g.id = any(${[...ids]})`}
      ${people === undefined ? tx`` : tx`and g.person = any(${[...people]})`}
      ${connector === undefined ? tx`` : tx`and g.connector = ${connector}`}
      ${target === undefined ? tx`` : tx`and g.permission ->> 'target' = ${target}`}`,
  async carryOut(tx, { rows, note }) {
    const ids = rows.map(({ subject }) => subject)
    return listPlaces(rows, await endGrantsIn(tx, { ...note, ids }))
  },
}

import { isToRecover, replayIn } from '../orders/replay.ts'
import { isWanted } from '../records/page-filter.ts'
import { listPaths } from '../records/page-paths.ts'
import type { AnySql } from '../sql/sql.ts'
import { type JournaledAct, listPlaces, type Meant } from './batch-act.ts'

/** All that a path leads to. */
const unbounded = 2_147_483_647

/** A replay of the deliveries of a list. */
export const replayAct: JournaledAct<'replay'> = {
  select(tx, { deliveries }) {
    const filter = { ...deliveries, folds: false, limit: unbounded }
    const [path] = listPaths(tx, filter)
    if (!path) return tx`select ${columns(tx)} from hub.delivery d where false`
    return tx`
      select ${columns(tx)} from (${path.select({ before: undefined, size: unbounded })}) candidate
        join hub.delivery d on d.id = candidate.id join hub.event e on e.id = d.event_id
        left join hub.lane l on l.key = d.lane
      where ${isWanted(tx, filter)}`
  },
  carryOut: (tx, meant) => replayRows(tx, meant, 'replay'),
}

/** A replay of all that failed since a time. */
export const recoverAct: JournaledAct<'recover'> = {
  select: (tx, { since, until, connector }) => tx`
    select ${columns(tx)} from hub.delivery d
    where d.created_at >= ${since} ${until === undefined ? tx`` : tx`and d.created_at < ${until}`}
      ${connector === undefined ? tx`` : tx`and d.connector = ${connector}`} and ${isToRecover(tx)}`,
  carryOut: (tx, meant) => replayRows(tx, meant, 'recover'),
}

/** Of one person at one connector all that is compared is one lane: the same plan holds for it. */
function columns(tx: AnySql) {
  return tx`d.id as subject, case when d.kind = 'sync' then d.lane else d.id end as lane, d.person, d.connector,
    null as direction, null as target`
}

async function replayRows(tx: AnySql, { rows, note }: Meant, kind: 'replay' | 'recover') {
  const ids = rows.map(({ subject }) => subject)
  const replayed = await replayIn(tx, { ids, order: { ...note, kind } })
  return listPlaces(rows, new Set(replayed.map(({ id }) => id)))
}

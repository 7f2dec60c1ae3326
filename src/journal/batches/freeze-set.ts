import type { BatchAct, BatchActor } from '../../core/batch.ts'
import type { HeldDirection } from '../../core/change.ts'
import { UsageError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Operator } from '../../core/operator.ts'
import { writeAudit } from '../audit/write-audit.ts'
import type { OrderNote } from '../orders/operator-orders.ts'
import { isWanted, type PageFilter } from '../records/page-filter.ts'
import { listPaths } from '../records/page-paths.ts'
import { type AnySql, type Sql, toCleanJson, transaction } from '../sql/sql.ts'

/** What a set is made of: the deliveries of a list, the people who are held, or what came back from an earlier batch. */
export type BatchSet =
  | { held: HeldDirection }
  | { deliveries: Omit<PageFilter, 'folds' | 'limit'> }
  | { cameBackFrom: string }

export type NewBatch = {
  id: string
  name: string
  act: BatchAct
  /** The filter in the words in which it was asked. */
  filter: JsonObject
  set: BatchSet
  /** Who makes it, and what for, if they say. */
  note: OrderNote
  /** It may be applied for so long. */
  goodForSeconds: number
  /** Rows a second. */
  pace: number
}

/** A set of more is refused: nobody looks through it, and its plan is old before it is whole. */
const mostRows = 100_000

/** All that a path leads to. */
const unbounded = 2_147_483_647

/**
 * Freezes what a filter finds into a batch, and returns how many rows that are. From here on the filter is words: what
 * comes to fit it later is not in the set, and what no longer fits stays.
 * @throws UsageError where nothing fits, or too much
 */
export async function freezeSet(sql: Sql, { set, note: { reason, ...madeBy }, ...batch }: NewBatch): Promise<number> {
  const { id, name, act, filter, goodForSeconds, pace } = batch
  return transaction(sql, async (tx) => {
    await tx`
      insert into hub.batch (id, name, act, filter, made_by, expires_at, pace)
      values (${id}, ${name}, ${act}, ${toCleanJson(filter)}::text::jsonb, ${toActorJson(madeBy)}::text::jsonb,
        now() + make_interval(secs => ${goodForSeconds}), ${pace})`
    const { count } = await tx`
      insert into hub.batch_row (batch, ordinal, subject, lane, person, connector, direction)
      select ${id}, row_number() over (order by subject), subject, lane, person, connector, direction
      from (${selectSet(tx, set)} limit ${mostRows + 1}) as found`
    assertSize(count)
    await tx`
      update hub.batch set count = ${count}, people = (
        select count(distinct coalesce(person, subject)) from hub.batch_row where batch = ${id})
      where id = ${id}`
    await writeAudit(tx, madeBy, {
      act: 'batch.plan',
      targets: [id],
      facts: { act, rows: count },
      words: { name, filter, reason },
    })
    return count
  })
}

/** Of one person at one connector all that is compared is one lane: the same plan holds for it. */
function selectSet(tx: AnySql, set: BatchSet) {
  if ('cameBackFrom' in set) {
    return tx`
      select subject, lane, person, connector, direction from hub.batch_row
      where batch = ${set.cameBackFrom} and result in ('changed', 'stale', 'unread')`
  }
  if ('held' in set) {
    return tx`
      select h.person as subject, h.person as lane, h.person, case when count(*) = 1 then min(h.connector) end as connector,
        h.direction
      from hub.hold h left join hub.brake_order o on o.id = h.brake_order
      where o.id is null and h.direction = ${set.held} group by h.person, h.direction`
  }
  const filter = { ...set.deliveries, folds: false, limit: unbounded }
  const [path] = listPaths(tx, filter)
  if (!path)
    return tx`select null::text as subject, null as lane, null as person, null as connector, null as direction where false`
  return tx`
    select d.id as subject, case when d.kind = 'sync' then d.lane else d.id end as lane, d.person, d.connector, null as direction
    from (${path.select({ before: undefined, size: unbounded })}) candidate
    join hub.delivery d on d.id = candidate.id join hub.event e on e.id = d.event_id
    left join hub.lane l on l.key = d.lane
    where ${isWanted(tx, filter)}`
}

function assertSize(count: number): void {
  if (count === 0) {
    throw new UsageError({
      what: 'Nothing fits.',
      why: 'A batch is made of what its filter finds now.',
      fix: 'Look at the same filter with "npm run hub -- deliveries".',
      code: 'empty_batch',
    })
  }
  if (count <= mostRows) return
  throw new UsageError({
    what: `More than ${mostRows} rows fit.`,
    why: 'Nobody looks through a larger set, and its plan would be old before it is whole.',
    fix: 'Narrow the filter: --since, --connector, --kind.',
    code: 'batch_too_large',
  })
}

/** The actor as the batch keeps them, in JSON. */
export function toActorJson({ by, account, role, way }: Operator): string {
  const actor: BatchActor = { by, role, way, ...(account === undefined ? {} : { account }) }
  return toCleanJson(actor)
}

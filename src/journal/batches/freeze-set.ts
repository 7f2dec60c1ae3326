import type { BatchAct, BatchActor, BatchTerms } from '../../core/batch.ts'
import { UsageError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Operator } from '../../core/operator.ts'
import { writeAudit } from '../audit/write-audit.ts'
import type { OrderNote } from '../orders/operator-orders.ts'
import { type AnySql, type Sql, toCleanJson, transaction } from '../sql/sql.ts'
import type { BatchSet } from './batch-act.ts'
import { selectSet } from './journaled-acts.ts'

export type NewBatch = {
  id: string
  name: string
  act: BatchAct
  /** The filter in the words in which it was asked. */
  filter: JsonObject
  /** What it is made of; or the batch of which what came back is planned anew. */
  set: BatchSet | { cameBackFrom: string }
  terms: BatchTerms
  /** Who makes it, and what for, if they say. */
  note: OrderNote
  /** It may be applied for so long. */
  goodForSeconds: number
  /** Rows a second. */
  pace: number
}

/** A set of more is refused: nobody looks through it, and its plan is old before it is whole. */
const mostRows = 100_000

/**
 * Freezes what a filter finds into a batch, and returns how many rows that are. From here on the filter is words: what
 * comes to fit it later is not in the set, and what no longer fits stays.
 * @throws UsageError where nothing fits, or too much
 */
export async function freezeSet(sql: Sql, { set, note: { reason, ...madeBy }, ...batch }: NewBatch): Promise<number> {
  const { id, name, act, filter, terms, goodForSeconds, pace } = batch
  return transaction(sql, async (tx) => {
    await tx`
      insert into hub.batch (id, name, act, filter, terms, made_by, expires_at, pace)
      values (${id}, ${name}, ${act}, ${toCleanJson(filter)}::text::jsonb, ${toCleanJson(terms)}::text::jsonb,
        ${toActorJson(madeBy)}::text::jsonb,
        now() + make_interval(secs => ${goodForSeconds}), ${pace})`
    const { count } = await tx`
      insert into hub.batch_row (batch, ordinal, subject, lane, person, connector, direction, target)
      select ${id}, row_number() over (order by subject, connector, target), subject, lane, person, connector, direction, target
      from (${select(tx, set)} limit ${mostRows + 1}) as found`
    assertSize(count)
    await tx`
      update hub.batch set count = ${count}, people = (
        select count(distinct coalesce(person, subject)) from hub.batch_row where batch = ${id})
      where id = ${id}`
    await writeAudit(tx, madeBy, {
      act: 'batch.plan',
      targets: [id],
      facts: { act, rows: count, ...terms },
      words: { name, filter, reason },
    })
    return count
  })
}

function select(tx: AnySql, set: NewBatch['set']) {
  if (!('cameBackFrom' in set)) return selectSet(tx, set)
  return tx`
    select subject, lane, person, connector, direction, target from hub.batch_row
    where batch = ${set.cameBackFrom} and result in ('changed', 'stale', 'unread')`
}

function assertSize(count: number): void {
  if (count === 0) {
    throw new UsageError({
      what: 'Nothing fits.',
      why: 'A batch is made of what its filter finds now.',
      fix: 'Look at the same filter in a list, such as "npm run hub -- deliveries".',
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

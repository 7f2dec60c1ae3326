import type { Sql } from '../../src/journal/index.ts'

/**
 * What became of the rows of a batch of replays. `notCarriedOut`: their result is another, or none. `notOrdered` and
 * `orderedTwice`: by the acts on record. `notRun` and `runTwice`: by the attempts that the replay caused. The look that
 * follows a lease later is none of them.
 */
export type CarriedOut = {
  rows: number
  notCarriedOut: number
  notOrdered: number
  orderedTwice: number
  notRun: number
  runTwice: number
}

/** Counts what was lost and what was done twice, row by row of the batch. */
export async function countCarriedOut(sql: Sql, batch: string): Promise<CarriedOut> {
  const [row] = await sql<CarriedOut[]>`
    with acts as (
      select target, count(*) as times from hub.audit a, unnest(a.targets) as target
      where a.act = 'replay' and target like 'dlv%' group by target
    ), runs as (
      select delivery_id, count(*) as times from hub.attempt where trigger = 'manual' group by delivery_id
    )
    select count(*)::int as rows, count(*) filter (where r.result is distinct from 'carried_out')::int as "notCarriedOut",
      count(*) filter (where acts.times is null)::int as "notOrdered",
      count(*) filter (where acts.times > 1)::int as "orderedTwice",
      count(*) filter (where runs.times is null or d.status not in ('succeeded', 'no_match'))::int as "notRun",
      count(*) filter (where runs.times > 1)::int as "runTwice"
    from hub.batch_row r join hub.delivery d on d.id = r.subject
      left join acts on acts.target = r.subject left join runs on runs.delivery_id = r.subject
    where r.batch = ${batch}`
  if (!row) throw new Error(`There is no batch ${batch}.`)
  return row
}

/** How many rows were lost, and how many were done twice, of the acts and of what they led to. */
export function sumFaults({ notCarriedOut, notOrdered, orderedTwice, notRun, runTwice }: CarriedOut) {
  return { lost: notCarriedOut + notOrdered + notRun, twice: orderedTwice + runTwice }
}

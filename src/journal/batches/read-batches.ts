import type {
  BatchAct,
  BatchActor,
  BatchState,
  BatchTerms,
  PlannedChange,
  RowCode,
  RowPlan,
  RowResult,
} from '../../core/batch.ts'
import type { JsonObject } from '../../core/json.ts'
import type { AnySql } from '../sql/sql.ts'
import { hasLeft } from './has-left.ts'

export type BatchRow = {
  id: string
  name: string
  act: BatchAct
  filter: JsonObject
  terms: BatchTerms
  count: number
  people: number
  /** It would keep lockouts from being done. */
  cancelsDenials: boolean
  state: BatchState
  madeBy: BatchActor
  madeAt: string
  expiresAt: string
  planHash: string | null
  reason: string | null
  pace: number
  startAt: string | null
  appliedBy: BatchActor | null
  appliedAt: string | null
  /** Who applied it has left since: their word does not count any more. */
  applierLeft: boolean
  secondedBy: BatchActor | null
  approvedAt: string | null
  overridden: boolean
  begunAt: string | null
  endedAt: string | null
  /** How many rows are planned, and how. */
  planned: number
  sums: Record<RowPlan, number>
  /** How many rows are over, and how. `cameBack`: they want another plan. */
  done: { carriedOut: number; cameBack: number; leftAlone: number }
  /** Nobody applied it, and it is too late to. */
  expired: boolean
}

/** The columns of a batch `b`. */
export function selectBatch(sql: AnySql) {
  return sql`
    select b.id, b.name, b.act, b.filter, b.terms, b.count, b.people, b.state, b.act = 'cancel' and exists (
        select 1 from hub.batch_row r where r.batch = b.id and r.direction = 'deny') as "cancelsDenials", b.made_by as "madeBy", b.made_at as "madeAt",
      b.expires_at as "expiresAt", b.plan_hash as "planHash", b.reason, b.pace, b.start_at as "startAt",
      b.applied_by as "appliedBy", b.applied_at as "appliedAt",
      ${hasLeft(sql, sql`b.applied_by ->> 'account'`)} as "applierLeft",
      b.seconded_by as "secondedBy",
      b.approved_at as "approvedAt", b.overridden, b.begun_at as "begunAt", b.ended_at as "endedAt", b.planned,
      jsonb_build_object('would_change', b.would_change, 'nothing', b.nothing, 'superseded', b.superseded,
        'cannot_tell', b.cannot_tell) as sums,
      jsonb_build_object('carriedOut', b.carried_out, 'cameBack', b.came_back, 'leftAlone', b.left_alone) as done,
      b.approved_at is null and b.expires_at <= now() as expired
    from hub.batch b`
}

/** Lists batches, the newest first, only older than `before`. */
export async function listBatches(
  sql: AnySql,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<BatchRow[]> {
  return sql<BatchRow[]>`
    ${selectBatch(sql)} where ${before === undefined ? sql`true` : sql`b.id < ${before}`} order by b.id desc limit ${limit}`
}

export async function readBatch(sql: AnySql, id: string): Promise<BatchRow | null> {
  const [row] = await sql<BatchRow[]>`${selectBatch(sql)} where b.id = ${id}`
  return row ?? null
}

export type BatchRowFilter = {
  plan?: RowPlan | undefined
  result?: RowResult | undefined
  /** Only behind this place in the set. */
  after: number
  limit: number
}

export type BatchItem = {
  ordinal: number
  subject: string
  person: string | null
  /** What the person goes by: their login, or the authority's id. */
  login: string | null
  connector: string | null
  target: string | null
  plan: RowPlan | null
  code: RowCode | null
  changes: PlannedChange[]
  plannedAt: string | null
  result: RowResult | null
  doneAt: string | null
}

/** Lists rows of a batch in the order of its set. */
export async function listBatchRows(
  sql: AnySql,
  batch: string,
  { plan, result, after, limit }: BatchRowFilter,
): Promise<BatchItem[]> {
  return sql<BatchItem[]>`
    select r.ordinal, r.subject, r.person, r.connector, r.target, r.plan, r.code, r.changes, r.planned_at as "plannedAt",
      r.result, r.done_at as "doneAt", coalesce((select s.value from hub.sighting s
        where s.person = r.person and s.kind = 'login' order by s.seen_at desc limit 1),
        (select p.authority_id from hub.person p where p.id = r.person)) as login
    from hub.batch_row r
    where r.batch = ${batch} and r.ordinal > ${after} ${plan === undefined ? sql`` : sql`and r.plan = ${plan}`}
      ${result === undefined ? sql`` : sql`and r.result = ${result}`}
    order by r.ordinal limit ${limit}`
}

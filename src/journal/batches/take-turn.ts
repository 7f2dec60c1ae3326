import { type BatchAct, type BatchActor, type BatchTerms, batchActs } from '../../core/batch.ts'
import type { HeldDirection } from '../../core/change.ts'
import { type AnySql, again, type Sql } from '../sql/sql.ts'
import { hasLeft } from './has-left.ts'

/** A batch that this process has: no other plans or carries it out before the lease is over or given back. */
export type BatchTurn = {
  id: string
  epoch: number
  act: BatchAct
  terms: BatchTerms
  phase: 'plan' | 'apply'
  /** Rows a second. */
  pace: number
  /** Who applied it; null: nobody yet. */
  appliedBy: BatchActor | null
  reason: string | null
  /** Of the plan that was applied. */
  planHash: string | null
  overridden: boolean
  scheduled: boolean
}

type TurnQuestion = {
  leaseSeconds: number
  /** Nothing may be carried out now; plans are made all the same. */
  frozen: boolean
  /** Only this one. */
  only?: string | undefined
}

/**
 * Takes the batch whose last turn is longest ago, of those that have rows to plan or to carry out. One that waited
 * begins now, if its time has come. An act that this version does not know is left to a newer one. What nobody applied in
 * time has expired, and so has what was not begun before one of those who applied it left.
 */
export async function takeBatchTurn(sql: Sql, { leaseSeconds, frozen, only }: TurnQuestion): Promise<BatchTurn | null> {
  await sql`
    with over as (
      update hub.batch set state = 'expired', ended_at = now(), lease_until = null
      where state in ('planned', 'waiting') and ((approved_at is null and expires_at <= now())
        or (approved_at is not null and begun_at is null
          and ${hasLeft(sql, sql`applied_by ->> 'account', seconded_by ->> 'account'`)}))
      returning id, approved_at
    )
    select hub.write_decision('expired', array[id],
      jsonb_build_object('why', case when approved_at is null then 'not_applied' else 'applier_left' end), '{}')
    from over`
  const [row] = await again(
    () => sql<(Omit<BatchTurn, 'epoch'> & { epoch: string })[]>`
    update hub.batch b set lease_until = now() + make_interval(secs => ${leaseSeconds}), epoch = b.epoch + 1,
      turn_at = clock_timestamp(), state = case when b.state = 'waiting' then 'applying' else b.state end,
      begun_at = case when b.state = 'waiting' then coalesce(b.begun_at, now()) else b.begun_at end
    where b.id = (
      select id from hub.batch
      where ${only === undefined ? sql`true` : sql`id = ${only}`} and (lease_until is null or lease_until <= now())
        and ((state = 'planned' and planned < count) or (not ${frozen}::boolean and (state = 'applying'
          or (state = 'waiting' and approved_at is not null and coalesce(start_at <= now(), true)))))
        and state in ('planned', 'waiting', 'applying') and act = any(${[...batchActs]})
      order by turn_at, id limit 1 for update skip locked
    )
    returning b.id, b.epoch, b.act, b.terms, case when b.state = 'planned' then 'plan' else 'apply' end as phase, b.pace,
      b.applied_by as "appliedBy", b.reason, b.plan_hash as "planHash", b.overridden, b.start_at is not null as scheduled`,
  )
  return row ? { ...row, epoch: Number(row.epoch) } : null
}

/** Gives a batch back, so that any process may take it at once. */
export async function endBatchTurn(sql: Sql, { id, epoch }: Pick<BatchTurn, 'id' | 'epoch'>): Promise<void> {
  await sql`update hub.batch set lease_until = null where id = ${id} and epoch = ${epoch}`
}

/** Holds the batch for longer; false: another process has it, or it is not to be worked on any more. */
export async function holdBatchTurn(
  sql: AnySql,
  { id, epoch, phase }: Pick<BatchTurn, 'id' | 'epoch' | 'phase'>,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<boolean> {
  const held = await sql`
    update hub.batch set lease_until = now() + make_interval(secs => ${leaseSeconds})
    where id = ${id} and epoch = ${epoch} and state = ${phase === 'plan' ? 'planned' : 'applying'}`
  return held.count === 1
}

/** A row that is to be planned, or carried out. */
export type OpenRow = {
  ordinal: number
  subject: string
  lane: string
  person: string | null
  connector: string | null
  /** Of a change that is held; null: the row is about none. */
  direction: HeldDirection | null
  /** Of a grant, or of a user in conflict: the connector's own name. */
  target: string | null
}

/** Lists the first rows that are open, with all others of their lanes: one plan holds for a lane. */
export async function listOpenRows(
  sql: AnySql,
  { id, phase }: Pick<BatchTurn, 'id' | 'phase'>,
  { limit }: { limit: number },
): Promise<OpenRow[]> {
  const open = phase === 'plan' ? sql`planned_at is null` : sql`result is null`
  return sql<OpenRow[]>`
    with first as materialized (
      select distinct lane from (
        select lane from hub.batch_row where batch = ${id} and ${open} order by ordinal limit ${limit}) chosen
    )
    select r.ordinal, r.subject, r.lane, r.person, r.connector, r.direction, r.target from first
      cross join lateral (select * from hub.batch_row where batch = ${id} and lane = first.lane offset 0) r
    where ${open} order by r.ordinal`
}

/** What a worker with a free slot takes long before. */
const longDueSeconds = 0.2

/**
 * Whether a lockout or a revoke waits at one of these connectors, so that the workers cannot keep up: it goes first. What
 * fell due just now may be the batch's own, and is taken in a moment.
 */
export async function hasDenialsDue(sql: Sql, connectors: readonly string[]): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (
      select 1 from hub.lane l
      where l.connector = any(${[...connectors]}) and l.deny_next_at <= now() - make_interval(secs => ${longDueSeconds})
        and (l.lease_until is null or l.lease_until <= now())
        and not exists (
          select 1 from hub.connector c where c.paused_until is not null and c.id in (l.connector, l.authority))
    ) as due`
  return row?.due ?? false
}

import type { TransactionSql } from 'postgres'
import type { HeldDirection } from '../../core/change.ts'
import { type BrakeLimits, brakeThreshold, mostPeople } from '../../core/policy.ts'
import { type Sql, transaction } from '../sql/sql.ts'

type BrakeQuestion = {
  person: { id: string; source: string; authorityId: string }
  connector: string
  direction: HeldDirection
  /** ISO time of the change of status that is to be carried out. */
  statusChangedAt: string | null
  /** Age of the oldest delivery of the run: a reservation made since then was made for this very work. */
  workAgeSeconds: number
  limits: BrakeLimits
}

export type BrakeAnswer =
  | { pass: true }
  | { pass: false; why: 'protected'; reason: string }
  | { pass: false; why: 'cancelled'; reason: string; by: string }
  /** `standing`: stopped earlier, and no operator has released it since. */
  | { pass: false; why: 'brake'; standing: boolean; threshold: number }

/** Key of the advisory lock under which people are counted, one at a time; any number that no other lock has. */
const brakeLock = 7_205_759_403

/**
 * May this person be changed in this direction? What an operator said comes first, then the list of the protected,
 * then the count: a pass is reserved here, before anything is written, so that hubs on one database never exceed
 * the threshold together. A hold is not written here but with the settlement, behind the fence.
 */
export async function passBrake(sql: Sql, question: BrakeQuestion): Promise<BrakeAnswer> {
  return transaction(sql, async (tx) => {
    const { hold, protection } = await readStanding(tx, question)
    if (hold?.kind === 'release') return { pass: true }
    if (hold?.kind === 'cancel' && hold.same)
      return { pass: false, why: 'cancelled', reason: hold.reason ?? '', by: hold.by ?? '' }
    if (protection !== null) return { pass: false, why: 'protected', reason: protection }
    if (question.limits.people === 0) return { pass: true }
    // A protection that ended is no reason any more; a brake that tripped waits for an operator.
    if (hold?.kind === null && hold.why === 'brake') {
      return { pass: false, why: 'brake', standing: true, threshold: await readThreshold(tx, question.limits) }
    }
    return reservePass(tx, question)
  })
}

type Standing = {
  hold: {
    why: 'brake' | 'protected'
    same: boolean
    kind: 'release' | 'cancel' | null
    reason: string | null
    by: string | null
  } | null
  /** Why the person is protected now; null when they are not. */
  protection: string | null
}

async function readStanding(tx: TransactionSql, question: BrakeQuestion): Promise<Standing> {
  const { person, connector, direction, statusChangedAt } = question
  const [row] = await tx<Standing[]>`
    select
      (select jsonb_build_object('why', h.why, 'kind', o.kind, 'reason', o.reason, 'by', o.ordered_by,
          'same', h.status_changed_at is not distinct from ${statusChangedAt}::timestamptz)
        from hub.hold h left join hub.brake_order o on o.id = h.brake_order
        where h.person = ${person.id} and h.connector = ${connector} and h.direction = ${direction}) as hold,
      (select reason from hub.protected
        where ${direction} = 'deny' and source = ${person.source} and authority_id = ${person.authorityId}
          and until > now()) as protection`
  return row ?? { hold: null, protection: null }
}

async function reservePass(tx: TransactionSql, question: BrakeQuestion): Promise<BrakeAnswer> {
  const { person, direction, limits, workAgeSeconds } = question
  // Counting is a later statement than the lock, so that it sees what the one before has reserved.
  await tx`select pg_advisory_xact_lock(${brakeLock})`
  const windowSeconds = limits.minutes * 60
  const [found] = await tx<{ reserved: boolean; counted: number; expected: number }[]>`
    select
      exists (select 1 from hub.brake_reservation where person = ${person.id} and direction = ${direction}
        and reserved_at >= now() - make_interval(secs => ${Math.max(windowSeconds, workAgeSeconds)})) as reserved,
      (select count(*)::int from hub.brake_reservation where direction = ${direction} and not expected
        and reserved_at >= now() - make_interval(secs => ${windowSeconds})) as counted,
      coalesce((select greatest(o.people - (
          select count(*) from hub.brake_reservation r
          where r.direction = ${direction} and r.expected and r.reserved_at >= o.ordered_at
        ), 0) from hub.brake_order o
        where o.id = (select id from hub.brake_order where kind = 'expect' and direction = ${direction}
          order by ordered_at desc, id desc limit 1) and o.until > now()), 0)::int as expected`
  if (!found || found.reserved) return { pass: true }
  const threshold = found.counted < limits.people ? limits.people : await readThreshold(tx, limits)
  const fits = found.counted < threshold
  if (!fits && found.expected === 0) return { pass: false, why: 'brake', standing: false, threshold }
  await tx`
    insert into hub.brake_reservation (person, direction, expected) values (${person.id}, ${direction}, ${!fits})
    on conflict (person, direction) do update set reserved_at = now(), expected = excluded.expected`
  return { pass: true }
}

/** How many people may be changed within a window, by how many are known. Counts no further than it matters. */
export async function readThreshold(sql: Sql | TransactionSql, limits: BrakeLimits): Promise<number> {
  if (limits.percent === 0 || limits.people >= mostPeople) return brakeThreshold(limits, 0)
  const enough = Math.ceil((mostPeople * 100) / limits.percent)
  const [row] = await sql<{ known: number }[]>`
    select count(*)::int as known from (select 1 from hub.person where state is not null limit ${enough}) people`
  return brakeThreshold(limits, row?.known ?? 0)
}

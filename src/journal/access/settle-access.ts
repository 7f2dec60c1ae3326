import type { AskedAccess, Permission } from '../../core/access.ts'
import type { NewInline } from '../../core/queue.ts'
import { lockLanes } from '../queue/lanes.ts'
import { type AnySql, toCleanRows } from '../sql/sql.ts'
import { toStoredForm } from './stored-json.ts'

/** Access that a provision gave. */
export type NewGrant = {
  id: string
  person: string
  connector: string
  source: string
  deliveryId: string
  access: string
  permission: Permission
  asked: AskedAccess
  until: string | null
  hadBefore: boolean
  /** Read back as an invitation that is not taken up yet. */
  invited: boolean
}

/** A revoke that follows from what was settled: of the same event, in a lane that may be another one. */
export type FollowingRevoke = {
  id: string
  /** The delivery that it follows from. */
  from: string
  lane: string
  connector: string
  person: { id: string; source: string; authorityId: string }
  inline: NewInline
  /** ISO time at which it falls due, or seconds from now. */
  due: { at: string } | { inSeconds: number }
  /** The grants whose time is over then. */
  grants: string[] | null
  /** Only if the person has been denied by the time this is settled. */
  onlyIfDenied?: boolean
}

export type AccessSettlement = {
  granted: readonly NewGrant[]
  /** Grants that are over; by id, or all of these accesses of a person. */
  ended: readonly {
    deliveryId: string
    reason: string
    ids?: readonly string[]
    person?: string
    connector?: string
    accesses?: readonly string[]
  }[]
  revokes: readonly FollowingRevoke[]
}

/** Written with a settlement, after its deliveries. */
export function writeAccess(tx: AnySql, { granted, ended, revokes }: AccessSettlement) {
  return [
    ...ended.map((end) => endGrants(tx, end)),
    ...(granted.length > 0 ? [insertGrants(tx, granted)] : []),
    ...(revokes.length > 0 ? queueRevokes(tx, revokes) : []),
  ]
}

function insertGrants(tx: AnySql, granted: readonly NewGrant[]) {
  const rows = granted.map(({ asked, ...grant }) => ({ ...grant, request: toStoredForm(asked) }))
  return tx`
    insert into hub.access_grant (id, person, connector, source, delivery_id, access, permission, request, until, had_before, invited_at)
    select r.id, r.person, r.connector, r.source, r."deliveryId", r.access, r.permission, r.request, r.until, r."hadBefore",
      case when r.invited then now() end
    from jsonb_to_recordset(${toCleanRows(tx, rows)}) as r (
      id text, person text, connector text, source text, "deliveryId" text, access text, permission jsonb, request jsonb,
      until timestamptz, "hadBefore" boolean, invited boolean
    )`
}

function endGrants(
  tx: AnySql,
  { deliveryId, reason, ids, person, connector, accesses }: AccessSettlement['ended'][number],
) {
  return tx`
    update hub.access_grant set ended_at = now(), ended_by = ${deliveryId}, end_reason = coalesce(end_reason, ${reason})
    where ended_at is null and ${
      ids
        ? tx`id = any(${[...ids]})`
        : tx`person = ${person ?? ''} and connector = ${connector ?? ''} and access = any(${[...(accesses ?? [])]})`
    }`
}

/**
 * Lanes of others that a settlement will queue a revoke in, made and locked before anything else: a batch of new events
 * locks lanes in the order of their keys, and another settlement locks its lane before its person.
 */
export function lockFollowing(tx: AnySql, lane: string, { revokes }: Pick<AccessSettlement, 'revokes'>) {
  const others = revokes.filter((revoke) => revoke.lane !== lane)
  if (others.length === 0) return []
  const rows = others.map(({ person, ...revoke }) => ({ ...revoke, ...person, person: person.id }))
  const list = tx`jsonb_to_recordset(${toCleanRows(tx, rows)}) as r (
    lane text, connector text, person text, source text, "authorityId" text)`
  return [
    tx`
      insert into hub.person (id, source, authority_id)
      select distinct r.person, r.source, r."authorityId" from ${list} order by 1
      on conflict do nothing`,
    tx`
      insert into hub.lane (key, connector, person)
      select r.lane, r.connector, min(r.person) from ${list}
      group by r.lane, r.connector order by r.lane collate "C"
      on conflict do nothing`,
    lockLanes(tx, [lane, ...others.map((revoke) => revoke.lane)]),
  ]
}

/**
 * The person's row is locked first: a denial that is being settled in another lane either is seen here, or sees the
 * grant. Not against keys: an ingest of news about the person holds such a lock while it waits for a lane of this settlement.
 */
function queueRevokes(tx: AnySql, revokes: readonly FollowingRevoke[]) {
  const rows = revokes.map(({ person, inline, due, ...revoke }) => ({
    ...revoke,
    request: toStoredForm(inline.asked),
    accesses: inline.accesses,
    person: person.id,
    personSource: person.source,
    authorityId: person.authorityId,
    dueAt: 'at' in due ? due.at : null,
    dueInSeconds: 'inSeconds' in due ? due.inSeconds : null,
  }))
  const list = tx`jsonb_to_recordset(${toCleanRows(tx, rows)}) as r (
      id text, "from" text, lane text, connector text, person text, "personSource" text,
      "authorityId" text, request jsonb, accesses jsonb, "dueAt" timestamptz, "dueInSeconds" double precision,
      grants jsonb, "onlyIfDenied" boolean
    )`
  const due = tx`coalesce(r."dueAt", now() + make_interval(secs => r."dueInSeconds"))`
  const wanted = tx`(r."onlyIfDenied" is not true or exists (
    select 1 from hub.person p where p.id = r.person and p.denied_at is not null))`
  return [
    tx`
      insert into hub.person (id, source, authority_id)
      select distinct r.person, r."personSource", r."authorityId" from ${list} order by 1
      on conflict do nothing`,
    tx`select id from hub.person where id = any(${[...new Set(rows.map(({ person }) => person))]}) order by id for no key update`,
    tx`
      insert into hub.lane (key, connector, person, next_at, deny_next_at)
      select r.lane, r.connector, min(r.person), min(${due}), min(${due}) from ${list}
      where ${wanted} group by r.lane, r.connector order by r.lane collate "C"
      on conflict (key) do update set next_at = least(lane.next_at, excluded.next_at),
        deny_next_at = least(lane.deny_next_at, excluded.deny_next_at)`,
    tx`
      insert into hub.delivery
        (id, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at, request, accesses, grants)
      select r.id, d.event_id, r.lane, r.connector, r.person, 'deprovision', 'deny', 'deny', d.event_time, ${due}, r.request,
        array(select jsonb_array_elements_text(r.accesses)),
        case when r.grants is not null then array(select jsonb_array_elements_text(r.grants)) end
      from ${list} join hub.delivery d on d.id = r."from"
      where ${wanted} order by r.id collate "C"`,
    tx`
      update hub.event e set person = r.person from ${list} join hub.delivery d on d.id = r."from"
      where e.id = d.event_id and e.person is null`,
  ]
}

import type { Permission } from '../../core/access.ts'
import type { AnySql } from '../sql/sql.ts'

/** A grant as a list has it. `state` is derived: `over` is one whose time has passed and that is not taken away yet. */
export type ListedGrant = {
  id: string
  state: 'standing' | 'over' | 'ended'
  person: string
  authorityId: string
  authority: string
  login: string | null
  connector: string
  source: string
  permission: Permission
  application: string
  deliveryId: string
  /** They had it already, and not from the hub: its end takes nothing away. */
  hadBefore: boolean
  /** It was an invitation that nobody has taken up yet. */
  isInvited: boolean
  grantedAt: string
  until: string | null
  endedAt: string | null
  endedBy: string | null
  endReason: string | null
}

export type GrantFilter = {
  id?: string
  people?: readonly string[]
  /** Given by one of these deliveries. */
  deliveries?: readonly string[]
  connector?: string
  /** The connector's own name of what was granted. */
  target?: string
  state?: ListedGrant['state']
  /** An id: only older ones. */
  before?: string
  limit: number
}

/** The newest grants that fit. Ids sort by time, so that the primary key is the order of the list and holds the cursor. */
export async function listGrantPage(sql: AnySql, filter: GrantFilter): Promise<ListedGrant[]> {
  const { id, people, deliveries, connector, target, state, before, limit } = filter
  return sql<ListedGrant[]>`
    select g.*, p.authority_id as "authorityId", p.source as authority,
      (select s.value from hub.sighting s where s.person = p.id and s.kind = 'login' order by s.seen_at desc limit 1) as login
    from (
      select id, ${stateOf(sql)} as state, person, connector, source, permission,
        coalesce(request #>> '{request,application,label}', '') as application, delivery_id as "deliveryId", had_before as "hadBefore",
        invited_at is not null as "isInvited", granted_at as "grantedAt", until, ended_at as "endedAt",
        ended_by as "endedBy", end_reason as "endReason"
      from hub.access_grant
      where true
        ${id === undefined ? sql`` : sql`and id = ${id}`}
        ${people === undefined ? sql`` : sql`and id = any(array(${selectOf(sql, people)}))`}
        ${deliveries === undefined ? sql`` : sql`and delivery_id = any(${[...deliveries]})`}
        ${connector === undefined ? sql`` : sql`and connector = ${connector}`}
        ${target === undefined ? sql`` : sql`and permission ->> 'target' = ${target}`}
        ${state === undefined ? sql`` : sql`and ${stateOf(sql)} = ${state}`}
        ${before === undefined ? sql`` : sql`and id < ${before}`}
      order by id desc limit ${limit}
    ) g cross join lateral (select * from hub.person where id = g.person offset 0) p
    order by g.id desc`
}

/** Two parts, because the index by person has only those that stand, and ended ones have one of their own. */
function selectOf(sql: AnySql, people: readonly string[]) {
  return sql`
    select id from hub.access_grant where person = any(${[...people]}) and ended_at is null
    union all select id from hub.access_grant where person = any(${[...people]}) and ended_at is not null`
}

function stateOf(sql: AnySql) {
  return sql`(case when ended_at is not null then 'ended' when until <= now() then 'over' else 'standing' end)`
}

/** The event that asked for a grant, null where it was deleted by its age, and which deliveries are to take it back or did. */
export type GrantTrail = { event: string | null; ends: string[] }

export async function readGrantTrail(sql: AnySql, id: string): Promise<GrantTrail | null> {
  const [row] = await sql<GrantTrail[]>`
    select d.event_id as event, to_jsonb(array(select e.id from hub.delivery e where e.person = g.person and e.kind = 'deprovision'
        and e.connector = g.connector and (e.id = g.ended_by or g.id = any(e.grants)) order by e.id)) as ends
    from (select * from hub.access_grant where id = ${id} offset 0) g
      left join lateral (select * from hub.delivery where id = g.delivery_id offset 0) d on true`
  return row ?? null
}

import type { LiveGrant, Permission } from '../../core/access.ts'
import { type DeliveryStatus, type Hindrance, hindrances } from '../../core/outcome.ts'
import type { PersonKey } from '../../core/person.ts'
import type { ClaimedPerson, HeldLane } from '../../core/queue.ts'
import { type AnySql, type Sql, transaction } from '../sql/sql.ts'
import { selectAsked } from './stored-json.ts'

type BeginQuestion = {
  lane: HeldLane
  deliveryId: string
  hadBefore: readonly string[]
  /** Where an older revoke may still wait for its person. */
  emailLane: string
  /** What was claimed along with the grant: older revokes among it have been carried out before it. */
  claimed: readonly string[]
}

/**
 * Marks a grant as begun, before the vendor is called: a crash after this leaves it `uncertain`. Returns what keeps it
 * from being begun, or null. Times are the database's.
 * @throws FencedOutError when the lane's lease was lost
 */
export async function beginGrant(sql: Sql, question: BeginQuestion): Promise<Hindrance | null> {
  const { lane, deliveryId, hadBefore, emailLane, claimed } = question
  return transaction(sql, async (tx) => {
    await tx`select hub.fence(array[${lane.key}], array[${lane.epoch}::bigint])`
    const [found] = await findHindrances(tx, { deliveryId, emailLane, claimed })
    if (found) return found
    await tx`update hub.delivery set begun_at = now(), had_before = ${[...hadBefore]} where id = ${deliveryId}`
    return null
  })
}

type HindranceQuestion = Pick<BeginQuestion, 'deliveryId' | 'emailLane'> & {
  claimed?: readonly string[]
  /** It was given and stands: a lockout that is over does not speak against that. */
  isStanding?: boolean
}

/** All that speaks against a grant now, the gravest first. */
export async function findHindrances(
  sql: AnySql,
  { deliveryId, emailLane, claimed = [], isStanding = false }: HindranceQuestion,
): Promise<Hindrance[]> {
  const [row] = await sql<Record<Hindrance, boolean>[]>`
      select d.deadline_at <= now() as late,
        exists (select 1 from hub.person p where p.id = d.person and p.denied_at is not null)
          ${isStanding ? sql`` : sql`or ${wasDeniedSince(sql)}`} as denied,
        exists (
          select 1 from hub.delivery s
          where s.person = d.person and s.kind = 'sync' and s.status = 'pending' and s.hint = 'deny'
        ) as leaving,
        exists (
          select 1 from hub.delivery r join hub.event re on re.id = r.event_id
          where r.person = d.person and r.connector = d.connector and r.kind = 'deprovision' and r.grants is null
            and ${isTakenBy(sql)} and re.id <> e.id and re.received_at >= e.received_at
            and not ${isOfSameMessage(sql)}
        ) as revoked,
        exists (
          select 1 from hub.delivery r
          where r.status = 'pending' and ${isTakenBy(sql)} and (
            (r.lane = ${emailLane} and r.kind = 'resolve')
            -- Its person was found after this lane was claimed: it would run after the grant that it came before.
            or (r.person = d.person and r.connector = d.connector and r.kind = 'deprovision' and r.grants is null
              and r.event_id <> d.event_id and r.id <> all(${[...claimed]}))
          )
        ) as waiting
      from hub.delivery d join hub.event e on e.id = d.event_id
      where d.id = ${deliveryId}`
  return row === undefined ? ['late'] : hindrances.filter((one) => row[one])
}

/**
 * Whether the person of the delivery `d` was read as locked out, or a lockout was announced, after it was asked for
 * first: a message that comes again yields to that, though the person is back.
 */
function wasDeniedSince(sql: AnySql) {
  return sql`exists (
    select 1 from hub.delivery s join hub.event se on se.id = s.event_id
    where s.person = d.person and s.kind = 'sync' and coalesce(s.settled_at >= e.received_at, true) and (
      (s.hint = 'deny' and se.trusted and se.received_at >= e.received_at)
      or exists (
        select 1 from hub.attempt a
        where a.delivery_id = s.id and a.started_at >= e.received_at and a.state ->> 'access' = 'deny'
      )
    )
  )`
}

/** Which accesses of a grant were taken away, or are to be, by requests that came after it. */
export async function listRevokedAccesses(sql: Sql, { deliveryId }: { deliveryId: string }): Promise<string[]> {
  const rows = await sql<{ access: string }[]>`
    select distinct asked.access
    from hub.delivery d
      join hub.event e on e.id = d.event_id
      cross join unnest(d.accesses) as asked (access)
      join hub.delivery r on r.person = d.person and r.connector = d.connector and r.kind = 'deprovision'
      join hub.event re on re.id = r.event_id
    where d.id = ${deliveryId} and r.grants is null and r.status <> 'superseded' and re.id <> e.id
      and re.received_at >= e.received_at
      and hub.takes_away(hub.whole_of(r.request), r.accesses, hub.instance_of(d.request), array[asked.access])`
  return rows.map(({ access }) => access)
}

/**
 * Whether the revoke `r` is the hub's own, by which it took away what an earlier copy of the same message had given too
 * late: copies of one message have one time of arrival, that of the first.
 */
function isOfSameMessage(sql: AnySql) {
  return sql`(re.type = e.type and re.source = e.source and re.received_at = e.received_at)`
}

/** Whether the revoke `r` takes something of the grant `d` away: one of the application alone takes all that is of it. */
function isTakenBy(sql: AnySql) {
  return sql`hub.takes_away(hub.whole_of(r.request), r.accesses, hub.instance_of(d.request), d.accesses)`
}

/** Whether each access that the delivery `d` gave stands and is not over. */
function isInForce(sql: AnySql) {
  return sql`not exists (
    select 1 from unnest(d.accesses) as asked (access) where not exists (
      select 1 from hub.access_grant g
      where g.delivery_id = d.id and g.access = asked.access and g.ended_at is null
        and (g.until is null or g.until > now())
    )
  )`
}

/** Whether nothing speaks against what was given but that its time of asking is past. */
async function isUnhindered(sql: Sql, question: Pick<BeginQuestion, 'deliveryId' | 'emailLane'>): Promise<boolean> {
  const found = await findHindrances(sql, { ...question, isStanding: true })
  return found.every((one) => one === 'late')
}

/** Whether this provision was done, and is in force. */
export async function isProvisionStanding(
  sql: Sql,
  question: Pick<BeginQuestion, 'deliveryId' | 'emailLane'>,
): Promise<boolean> {
  const [row] = await sql`
    select 1 from hub.delivery d
    where d.id = ${question.deliveryId} and d.kind = 'provision' and d.status = 'succeeded' and ${isInForce(sql)}`
  return row !== undefined && isUnhindered(sql, question)
}

type ProvisionedQuestion = Pick<BeginQuestion, 'emailLane'> & { dedupeKey: string; hours: number }

/**
 * A provision of the same request that was done less than so many hours ago, and is in force: each access of it stands
 * and is not over, no request has asked to take any of it away, and the person is not locked out.
 */
export async function findStandingProvision(
  sql: Sql,
  { dedupeKey, hours, emailLane }: ProvisionedQuestion,
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from hub.delivery d
    where dedupe_key = ${dedupeKey} and kind = 'provision' and status = 'succeeded'
      and settled_at > now() - make_interval(secs => ${hours * 3600})
      and ${isInForce(sql)}
    order by settled_at desc limit 1`
  if (!row) return null
  return (await isUnhindered(sql, { deliveryId: row.id, emailLane })) ? row.id : null
}

/** Everything that a connector once granted of an application, to any person: what was given can be taken away for ever. */
export async function listGrantedTargets(
  sql: Sql,
  { connector, instance }: { connector: string; instance: string },
): Promise<{ access: string; permission: Permission }[]> {
  return sql<{ access: string; permission: Permission }[]>`
    select distinct on (access) access, permission from hub.access_grant
    where connector = ${connector} and access::jsonb ->> 0 = ${instance}
    order by access, granted_at desc`
}

/** People who have one of these accesses, or all that is left of the application, through a request for this e-mail. */
export async function findGrantees(
  sql: Sql,
  question: { connector: string; authority: string; email: string; accesses: readonly string[]; whole: string | null },
): Promise<PersonKey[]> {
  const { connector, authority, email, accesses, whole } = question
  return sql<PersonKey[]>`
    select distinct p.source, p.authority_id as "authorityId" from hub.access_grant g join hub.person p on p.id = g.person
    where g.connector = ${connector} and g.ended_at is null and p.source = ${authority}
      and hub.fold_email(g.request -> 'request' -> 'subject' ->> 'email') = hub.fold_email(${email})
      and hub.takes_away(${whole}, ${[...accesses]}::text[], g.access::jsonb ->> 0, array[g.access])`
}

/** Finds the person of an authority who was seen last under an e-mail. */
export async function findLastSeen(
  sql: Sql,
  { authority, email }: { authority: string; email: string },
): Promise<ClaimedPerson | null> {
  const [row] = await sql<ClaimedPerson[]>`
    select p.id, p.source, p.authority_id as "authorityId", p.state, '[]'::jsonb as sightings
    from hub.sighting s join hub.person p on p.id = s.person
    where hub.fold_email(s.value) = hub.fold_email(${email}) and s.kind in ('email', 'login') and p.source = ${authority}
    order by s.seen_at desc limit 1`
  return row ?? null
}

/** Of these people, those who have one of these accesses from the hub, or anything of the application. */
export async function filterHolders(
  sql: Sql,
  question: { people: readonly string[]; connector: string; accesses: readonly string[]; whole: string | null },
): Promise<string[]> {
  const { people, connector, accesses, whole } = question
  const rows = await sql<{ person: string }[]>`
    select distinct person from hub.access_grant
    where person = any(${[...people]}) and connector = ${connector} and ended_at is null
      and hub.takes_away(${whole}, ${[...accesses]}::text[], access::jsonb ->> 0, array[access])`
  return rows.map(({ person }) => person)
}

/** Reads how a delivery stands, for a request that waits while another process carries the delivery out. */
export async function readDeliveryStatus(sql: Sql, id: string): Promise<DeliveryStatus | null> {
  const [row] = await sql<{ status: DeliveryStatus }[]>`select status from hub.delivery where id = ${id}`
  return row?.status ?? null
}

export type GrantRow = LiveGrant & {
  person: string
  connector: string
  source: string
  deliveryId: string
  grantedAt: string
  endedAt: string | null
  endedBy: string | null
  endReason: string | null
}

/** What was granted to a person, the newest first. */
export async function listGrants(sql: AnySql, { person }: { person: string }): Promise<GrantRow[]> {
  return sql<GrantRow[]>`
    select id, person, connector, source, access, permission, ${selectAsked(sql, 'g')} as asked, until, had_before as "hadBefore",
      delivery_id as "deliveryId", granted_at as "grantedAt", ended_at as "endedAt", ended_by as "endedBy",
      end_reason as "endReason"
    from (
      select * from hub.access_grant where person = ${person} and ended_at is null
      union all select * from hub.access_grant where person = ${person} and ended_at is not null offset 0
    ) g order by granted_at desc`
}

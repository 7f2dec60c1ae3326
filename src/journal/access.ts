import type { LiveGrant } from '../core/inline.ts'
import type { DeliveryStatus } from '../core/outcome.ts'
import type { ClaimedPerson } from './claim.ts'
import type { HeldLane } from './prepare.ts'
import { type Sql, transaction } from './sql.ts'

export type BeginQuestion = {
  lane: HeldLane
  deliveryId: string
  hadBefore: readonly string[]
  /** Where an older revoke may still wait for its person. */
  emailLane: string
}

/** What keeps a grant from being begun, the gravest first. */
const hindrances = ['late', 'denied', 'leaving', 'revoked', 'waiting'] as const

export type Hindrance = (typeof hindrances)[number]

/**
 * Marks a grant as begun, before the vendor is called: a crash after this leaves it `uncertain`. Returns what keeps it
 * from being begun, or null. Times are the database's.
 * @throws FencedOutError when the lane's lease was lost
 */
export async function beginGrant(sql: Sql, question: BeginQuestion): Promise<Hindrance | null> {
  const { lane, deliveryId, hadBefore, emailLane } = question
  return transaction(sql, async (tx) => {
    await tx`select hub.fence(array[${lane.key}], array[${lane.epoch}::bigint])`
    const [row] = await tx<Record<Hindrance, boolean>[]>`
      select d.deadline_at <= now() as late,
        exists (select 1 from hub.person p where p.id = d.person and p.denied_at is not null) as denied,
        exists (
          select 1 from hub.delivery s
          where s.person = d.person and s.kind = 'sync' and s.status = 'pending' and s.hint = 'deny'
        ) as leaving,
        exists (
          select 1 from hub.delivery r join hub.event re on re.id = r.event_id
          where r.person = d.person and r.connector = d.connector and r.kind = 'deprovision' and r.accesses && d.accesses
            and r.grants is null and re.id <> e.id and re.received_at >= e.received_at
        ) as revoked,
        exists (
          select 1 from hub.delivery r
          where r.lane = ${emailLane} and r.kind = 'resolve' and r.status = 'pending' and r.accesses && d.accesses
        ) as waiting
      from hub.delivery d join hub.event e on e.id = d.event_id
      where d.id = ${deliveryId}`
    const found = row === undefined ? 'late' : hindrances.find((one) => row[one])
    if (found) return found
    await tx`update hub.delivery set begun_at = now(), had_before = ${[...hadBefore]} where id = ${deliveryId}`
    return null
  })
}

/** A provision of the same request that was done less than so many hours ago, and whose access still stands. */
export async function provisioned(
  sql: Sql,
  { dedupeKey, hours }: { dedupeKey: string; hours: number },
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from hub.delivery d
    where dedupe_key = ${dedupeKey} and kind = 'provision' and status = 'succeeded'
      and settled_at > now() - make_interval(secs => ${hours * 3600})
      and exists (select 1 from hub.access_grant g where g.delivery_id = d.id and g.ended_at is null)
    order by settled_at desc limit 1`
  return row?.id ?? null
}

/** Targets under which a connector once granted an access, to anybody: what was given can be taken away for ever. */
export async function grantedTargets(
  sql: Sql,
  { connector, accesses }: { connector: string; accesses: readonly string[] },
): Promise<{ access: string; target: string }[]> {
  return sql<{ access: string; target: string }[]>`
    select distinct on (access) access, permission ->> 'target' as target from hub.access_grant
    where connector = ${connector} and access = any(${[...accesses]})
    order by access, granted_at desc`
}

/** Whoever of an authority was seen last under an e-mail. */
export async function lastSeen(
  sql: Sql,
  { authority, email }: { authority: string; email: string },
): Promise<ClaimedPerson | null> {
  const [row] = await sql<ClaimedPerson[]>`
    select p.id, p.source, p.authority_id as "authorityId", p.state, '[]'::jsonb as sightings
    from hub.sighting s join hub.person p on p.id = s.person
    where lower(s.value) = lower(${email}) and s.kind in ('email', 'login') and p.source = ${authority}
    order by s.seen_at desc limit 1`
  return row ?? null
}

/** Of these people, those who have one of these accesses from the hub. */
export async function holdersOf(
  sql: Sql,
  { people, connector, accesses }: { people: readonly string[]; connector: string; accesses: readonly string[] },
): Promise<string[]> {
  const rows = await sql<{ person: string }[]>`
    select distinct person from hub.access_grant
    where person = any(${[...people]}) and connector = ${connector} and access = any(${[...accesses]}) and ended_at is null`
  return rows.map(({ person }) => person)
}

/** How a delivery stands, for whoever waits for it while somebody else carries it out. */
export async function deliveryStatus(sql: Sql, id: string): Promise<DeliveryStatus | null> {
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
export async function listGrants(sql: Sql, { person }: { person: string }): Promise<GrantRow[]> {
  return sql<GrantRow[]>`
    select id, person, connector, source, access, permission, request, until, had_before as "hadBefore",
      delivery_id as "deliveryId", granted_at as "grantedAt", ended_at as "endedAt", ended_by as "endedBy",
      end_reason as "endReason"
    from hub.access_grant where person = ${person} order by granted_at desc`
}

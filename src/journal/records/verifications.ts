import type { LiveGrant } from '../../core/access.ts'
import type { Json } from '../../core/json.ts'
import type { PersonKey } from '../../core/person.ts'
import { type Look, looks } from '../../core/verification.ts'
import { selectAsked } from '../access/stored-json.ts'
import { bindByKey } from '../sql/read-by-key.ts'
import type { AnySql, Sql } from '../sql/sql.ts'
import { mostCounted, readVerificationTimes } from './measure.ts'

/** A person whose targets at a connector are due to be looked at. */
export type DueLook = PersonKey & { connector: string; looks: Look[] }

/**
 * Notes who must be looked at and is not noted yet: people whom an earlier version locked out, and access that the hub
 * took away less than a week ago.
 */
export async function enrolVerifications(
  sql: Sql,
  { syncing, having }: { syncing: readonly string[]; having: readonly string[] },
): Promise<void> {
  await sql`
    insert into hub.verification (person, connector, ids_at, search_at)
    select p.id, l.connector, now(), now() from hub.person p join hub.lane l
      on l.key = any(array(select c || '/' || p.source || '/' || p.authority_id from unnest(${[...syncing]}::text[]) as t (c)))
    where p.denied_at is not null order by p.id, l.connector
    on conflict (person, connector) do update set ids_at = excluded.ids_at, search_at = excluded.search_at
    where verification.ids_at is null`
  await sql`
    insert into hub.verification as v (person, connector, grants_at)
    select g.person, g.connector, max(g.ended_at) + interval '1 day' from hub.access_grant g
    where g.ended_at > now() - interval '7 days' and not g.had_before and g.connector = any(${[...having]})
    group by g.person, g.connector order by g.person, g.connector
    on conflict (person, connector) do update set grants_at = coalesce(v.grants_at, greatest(excluded.grants_at, now()))`
  await sql`
    insert into hub.verification as v (person, connector, grants_at)
    select g.person, g.connector, min(g.invited_at) + interval '1 day' from hub.access_grant g
    where g.invited_at is not null and g.ended_at is null and g.connector = any(${[...having]})
    group by g.person, g.connector order by g.person, g.connector
    on conflict (person, connector) do update set grants_at = coalesce(v.grants_at, greatest(excluded.grants_at, now()))`
}

type ClaimQuestion = {
  connector: string
  limit: number
  /** Searches end so many days after the person left, and when their names are erased. */
  searchDays: number
  /** A look that was queued and has not settled after this is queued again. */
  againSeconds: number
}

/**
 * Takes people whose look is due, the longest overdue first, so that one hub of several queues it. People whose lane has
 * open work are left: that work looks at them. No more than the limit are under way at a time.
 */
export async function claimVerifications(
  sql: Sql,
  { connector, limit, searchDays, againSeconds }: ClaimQuestion,
): Promise<DueLook[]> {
  const again = sql`now() + make_interval(secs => ${againSeconds})`
  const rows = await sql<(PersonKey & Record<Look, boolean>)[]>`
    with due as (
      select v.person, p.source, p.authority_id, v.ids_at <= now() as ids, v.grants_at <= now() as grants,
        v.search_at <= now() as search,
        hub.left_at(p.state, p.denied_at) < now() - make_interval(days => ${searchDays})
          or coalesce((p.state ->> 'erased')::boolean, false) as over
      from hub.verification v join hub.person p on p.id = v.person
      where v.connector = ${connector} and v.due_at <= now()
        and not exists (select 1 from hub.connector c where c.paused_until is not null and c.id in (${connector}, p.source))
        and not exists (select 1 from hub.delivery d where d.lane = ${connector} || '/' || p.source || '/' || p.authority_id
          and d.status = 'pending' and d.kind = 'sync')
      order by v.due_at
      limit greatest(${limit} - (
        select count(*) from hub.verification a where a.connector = ${connector} and a.asked_at > now() - interval '15 minutes'
      ), 0)
      for update of v skip locked
    )
    update hub.verification v set asked_at = now(),
      ids_at = case when due.ids then ${again} else v.ids_at end,
      search_at = case when due.over then null when due.search then ${again} else v.search_at end,
      grants_at = case when due.grants then ${again} else v.grants_at end
    from due where v.person = due.person and v.connector = ${connector}
    returning due.source, due.authority_id as "authorityId", coalesce(due.ids, false) as ids,
      coalesce(due.search and not due.over, false) as search, coalesce(due.grants, false) as grants`
  return rows.flatMap(({ source, authorityId, ...due }) => {
    const asked = looks.filter((look) => due[look])
    return asked.length > 0 ? [{ source, authorityId, connector, looks: asked }] : []
  })
}

/** Counts people whose look is due, as far as that matters. */
async function countDueLooks(sql: Sql, { connector, atMost }: { connector: string; atMost: number }): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (
      select 1 from hub.verification where connector = ${connector} and due_at <= now() limit ${atMost}) due`
  return row?.count ?? 0
}

/**
 * A condition on `hub.verification v` and `hub.person p`: a look is late by more than so many of its paces. `next_look`
 * is up to a tenth shorter than the pace: callers that raise and end something leave room between their shares.
 * `due_at` is the earliest of a row's looks, so that its index has few rows to compare.
 */
export function isLookLate(sql: AnySql, paces: number) {
  const isLate = (look: 'ids' | 'search') =>
    sql`${sql(`v.${look}_at`)} < now() - ${paces}::float8 * hub.next_look(${look}, hub.left_at(p.state, p.denied_at))`
  return sql`(v.due_at < now() and v.ids_at is not null and (${isLate('ids')} or ${isLate('search')}))`
}

/** How many people's looks are overdue at a connector, and by how much the oldest is late. */
export type OverdueLooks = { connector: string; people: number; lateSeconds: number }

async function listOverdueLooks(sql: Sql, connectors: readonly string[]): Promise<OverdueLooks[]> {
  return sql<OverdueLooks[]>`
    select v.connector, count(*)::int as people, extract(epoch from now() - min(v.due_at))::float8 as "lateSeconds"
    from hub.verification v join hub.person p on p.id = v.person
    where v.connector = any(${[...connectors]}) and ${isLookLate(sql, 10 / 9)} group by v.connector order by v.connector`
}

/** A grant that is looked at again: it is over (`endedAt`), or it was an invitation. */
export type LookedAtGrant = LiveGrant & { deliveryId: string; endedAt: string | null }

/** Access that the hub took away within a week and that no other grant gives, and invitations that nobody took up. */
export async function listGrantsToLookAt(
  sql: Sql,
  { person, connector }: { person: string; connector: string },
): Promise<LookedAtGrant[]> {
  return sql<LookedAtGrant[]>`
    select distinct on (g.access, g.ended_at is not null) g.id, g.access, g.permission, ${selectAsked(sql, 'g')} as asked,
      g.until, g.had_before as "hadBefore", g.delivery_id as "deliveryId", g.ended_at as "endedAt"
    from hub.access_grant g
    where g.person = ${person} and g.connector = ${connector} and not g.had_before and (
      (g.ended_at is null and g.invited_at is not null)
      or (g.ended_at > now() - interval '7 days' and not exists (
        select 1 from hub.access_grant o where o.person = g.person and o.connector = g.connector and o.ended_at is null
          and o.permission ->> 'target' = g.permission ->> 'target')))
    order by g.access, g.ended_at is not null, g.granted_at desc`
}

export type PersonEvent = { type: string; time: string; data: Json }

type EventsQuestion = { person: string; source: string; since: string }

/** What a source told of a person since then, the newest first; an event whose body is no JSON is left out. */
export async function listPersonEvents(sql: Sql, { person, source, since }: EventsQuestion): Promise<PersonEvent[]> {
  return sql<PersonEvent[]>`
    select type, time, hub.body_of(data, part_of) as data from hub.event
    where person = ${person} and source = ${source} and trusted and time >= ${since} and hub.body_of(data, part_of) is not null
    order by time desc limit 100`
}

/** How well the pace of verifications is kept. */
export type VerificationPace = {
  connector: string
  /** No more than `mostCounted`: so many, or more. */
  people: number
  /** How long ago the person was seen whose last look is the oldest; null: nobody was seen yet. */
  oldestSeenSeconds: number | null
  /** By how much the look that waits longest is overdue. */
  lateSeconds: number
}

/** Goes from connector to connector, and reads the ends of each: only people are counted, and only to `mostCounted`. */
export async function readVerificationPace(sql: AnySql): Promise<VerificationPace[]> {
  const times = await readVerificationTimes(sql)
  return Promise.all(
    times.map(async ({ connector, oldestSeenSeconds, lateSeconds }) => {
      const [row] = await sql<{ people: number }[]>`
        select count(*)::int as people from (
          select 1 from hub.verification where connector = ${connector} and ids_at is not null limit ${mostCounted}) noted`
      return { connector, people: row?.people ?? 0, oldestSeenSeconds, lateSeconds }
    }),
  )
}

/** When a person's targets at each connector were last seen as they should be, and when they are looked at again. */
export type VerificationRow = { connector: string; seenAt: string | null; dueAt: string | null; contested: boolean }

export async function listVerifications(sql: Sql, person: string): Promise<VerificationRow[]> {
  return sql<VerificationRow[]>`
    select connector, seen_at as "seenAt", due_at as "dueAt", hub.is_contested(person, connector) as contested
    from hub.verification where person = ${person} and ids_at is not null order by connector`
}

/** A person whose lockout others have undone at least three times within a week, and of whom no operator has spoken since. */
export type ContestedRow = PersonKey & { person: string; connector: string; reversals: number; lastAt: string }

export async function listContested(sql: AnySql): Promise<ContestedRow[]> {
  return sql<ContestedRow[]>`
    select r.person, p.source, p.authority_id as "authorityId", r.connector, count(*)::int as reversals, max(r.at) as "lastAt"
    from (select * from hub.reversal where at > now() - interval '7 days' offset 0) r
      cross join lateral (select * from hub.person where id = r.person offset 0) p
    where not exists (select 1 from hub.exception x where x.person = r.person and x.ordered_at >= r.at)
    group by r.person, p.source, p.authority_id, r.connector having count(*) >= 3`
}

/** What is known of looking again, bound to one database. */
export function makeVerificationVerbs(sql: Sql) {
  const byKey = bindByKey(sql)
  return {
    enrolVerifications: (connectors: Parameters<typeof enrolVerifications>[1]) => enrolVerifications(sql, connectors),
    claimVerifications: (question: ClaimQuestion) => claimVerifications(sql, question),
    countDueLooks: (question: Parameters<typeof countDueLooks>[1]) => countDueLooks(sql, question),
    readVerificationPace: byKey(readVerificationPace),
    listGrantsToLookAt: (place: Parameters<typeof listGrantsToLookAt>[1]) => listGrantsToLookAt(sql, place),
    listPersonEvents: (question: EventsQuestion) => listPersonEvents(sql, question),
    listVerifications: (person: string) => listVerifications(sql, person),
    listContested: byKey(listContested),
    listOverdueLooks: (connectors: readonly string[]) => listOverdueLooks(sql, connectors),
  }
}

export type VerificationVerbs = ReturnType<typeof makeVerificationVerbs>

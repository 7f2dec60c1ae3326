import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { isJsonObject } from '../simulators/values.ts'
import type { Person, Stage } from './stage.ts'
import type { Traffic } from './traffic.ts'

const denied = new Set(['DEPROVISIONED', 'SUSPENDED'])

/** Says how this person's state at Auth0 differs from Okta's; null when it does not. */
export function describeFault({ oktaId, userId }: Person, { okta, auth0 }: Stage['tenants']): string | null {
  const { status } = okta.users.get(oktaId)
  const user = auth0.users.get(userId)
  const object = isJsonObject(user.app_metadata.okta) ? user.app_metadata.okta : {}
  const isShut = object.deactivated === true || user.blocked === true
  if (!denied.has(status)) return isShut ? `${userId} is ${status} and shut` : null
  if (object.deactivated !== true || user.blocked !== true) return `${userId} is ${status} and not shut`
  return auth0.sessions.ofUser(userId).length > 0 ? `${userId} is ${status} and still has a session` : null
}

/** Says what is wrong with each person whose last change a hub has acknowledged. */
export function listWrongPeople(stage: Stage, traffic: Traffic): string[] {
  return stage.people
    .filter((person) => traffic.wasTold(person))
    .flatMap((person) => describeFault(person, stage.tenants) ?? [])
}

/** Opens a session for each person who may log in, so that the next lockout has something to end. */
export function openSessions({ people, tenants: { okta, auth0 } }: Stage): void {
  for (const { oktaId, userId } of people) {
    const isIn = !denied.has(okta.users.get(oktaId).status) && auth0.users.get(userId).blocked !== true
    if (isIn && auth0.sessions.ofUser(userId).length === 0) auth0.sessions.open({ userId, clientId: 'chaos' })
  }
}

/** Finds acknowledged events that are not in the journal with a delivery of their own. */
export async function findLostEvents(sql: Sql, acknowledged: ReadonlySet<string>): Promise<string[]> {
  const rows = await sql<{ uuid: string }[]>`
    select uuid from unnest(${[...acknowledged]}::text[]) as told (uuid)
    where not exists (
      select 1 from hub.event_key k
      join hub.event e on e.id = k.event_id
      join hub.delivery d on d.event_id = e.id
      where k.source = 'okta' and k.external_id = told.uuid
    )`
  return rows.map(({ uuid }) => uuid)
}

/** Counts events that the journal holds twice, or delivers twice to one connector. */
export async function countDoubledEvents(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select (select count(*)::int from (
        select 1 from hub.event group by source, external_id having count(*) > 1) twice)
      + (select count(*)::int from (
        select 1 from hub.delivery group by event_id, connector, kind having count(*) > 1) twice) as count`
  return row?.count ?? 0
}

/** Counts attempts that began in a lane before an earlier attempt of that lane had ended: two workers at one person. */
export async function countOverlappingAttempts(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (
      select a.started_at, max(a.started_at + make_interval(secs => a.duration_ms / 1000))
        over (partition by d.lane order by a.started_at, a.id rows between unbounded preceding and 1 preceding) as busy_until
      from hub.attempt a join hub.delivery d on d.id = a.delivery_id
    ) attempts
    where started_at < busy_until - interval '2 milliseconds'`
  return row?.count ?? 0
}

/** Lists the deliveries that are not settled and the revokes that are still owed. */
export async function listUnfinished(sql: Sql): Promise<string[]> {
  const rows = await sql<{ what: string }[]>`
    select d.connector || ' of ' || coalesce(d.person, d.lane) || ' is ' || d.status || coalesce(', due ' || d.next_attempt_at::text, '')
      || coalesce(': ' || d.last_error, '') as what
    from hub.delivery d where d.status <> 'succeeded' and d.collapsed_into is null
    union all
    select o.action || ' of ' || o.target || ' is owed since ' || o.since::text from hub.owed o where o.done_at is null`
  return rows.map(({ what }) => what)
}

/** Waits until nothing is unfinished, or `seconds` are over; returns what is then. */
export async function waitUntilFinished({ journal }: Stage, seconds: number): Promise<string[]> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const open = await journal(listUnfinished)
    if (open.length === 0 || Date.now() > deadline) return open
    await sleep(100)
  }
}

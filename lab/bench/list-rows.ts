import { makeId } from '../../src/core/id.ts'
import type { Sql } from '../../src/journal/index.ts'
import { copy, join, none, type Table } from './copy-rows.ts'
import { type Fill, grownPerson } from './growth-rows.ts'

/** What the other lists of the API have beside the deliveries of `fillJournal`. */
export type ListSizes = { requests: number; acts: number; few: number }

const dayMs = 86_400_000
const periodMs = 180 * dayMs

/** One request and one grant for fifty deliveries, an act for five, and some hundreds of what waits for an operator. */
export function findListSizes({ rows }: Pick<Fill, 'rows'>): ListSizes {
  return { requests: Math.ceil(rows / 50), acts: Math.ceil(rows / 5), few: Math.min(500, Math.ceil(rows / 100)) }
}

/**
 * Fills what `fillJournal` leaves empty: requests of a platform with their grants, acts on record, a batch with a plan, and
 * conflicts, holds, protections, exceptions, legal holds and alerts.
 */
export async function fillLists(sql: Sql, { rows, people }: Fill): Promise<void> {
  const { requests, acts, few } = findListSizes({ rows })
  const asked = Array.from({ length: requests }, (_, i) => makeRequest(i, { count: requests, people }))
  await copy(sql, requestEvents, asked)
  await copy(sql, requestDeliveries, asked)
  const granted = asked.filter(({ kind }) => kind === 'provision')
  await copy(sql, grants, granted)
  await copy(
    sql,
    auditActs,
    Array.from({ length: acts }, (_, i) => makeAct(i, { count: acts, people })),
  )
  // They are numbered and told: the hub has no more to do with them.
  await sql`insert into hub.chore (name, state) values ('number audit', ${String(acts)})
    on conflict (name) do update set state = excluded.state`
  await fillWaiting(sql, few)
  await fillBatches(sql, few)
}

type Request = {
  event: string
  delivery: string
  grant: string
  at: string
  kind: 'validate' | 'provision'
  person: ReturnType<typeof grownPerson>
  asked: string
  isOver: boolean
}

function makeRequest(number: number, { count, people }: { count: number; people: number }): Request {
  const at = new Date(Date.now() - 3_600_000 - (1 - number / count) * periodMs)
  const clock = { now: () => at }
  const person = grownPerson((number * 31) % people)
  const kind = number % 2 === 0 ? 'validate' : 'provision'
  const ids = { event: makeId('evt', clock), delivery: makeId('dlv', clock), grant: makeId('grt', clock) }
  const asked = JSON.stringify(toStored(person.email, { number, at: at.toISOString() }))
  return { ...ids, at: at.toISOString(), kind, person, asked, isOver: number % 10 !== 1 }
}

/** As `journal/access/stored-json.ts` writes it. */
function toStored(email: string, { number, at }: { number: number; at: string }) {
  const permission = { value: `p${number % 20}`, label: 'Billing', source: 'MANUAL', target: `role:${number % 20}` }
  const request = {
    subject: { email, givenName: null, familyName: null },
    application: { id: 'crm', instanceId: null, label: 'CRM' },
    permissions: [permission],
    ...{ accessLengthSeconds: 3600, comment: null, taskUrl: null, fields: null },
  }
  return { request, source: 'lumos', authority: 'okta', receivedAt: at, until: at, whole: false, endsAccess: true }
}

const requestEvents: Table<Request> = {
  name: 'event',
  columns: 'id, source, external_id, request_id, trace_id, type, person, time, received_at, trusted, data',
  line: ({ event, at, kind, person }) => {
    const of = kind === 'provision' ? person.id : none
    return join(event, 'lumos', event, none, none, `lumos.${kind}`, of, at, at, 't', '{}')
  },
}

const requestDeliveries: Table<Request> = {
  name: 'delivery',
  columns: `id, event_id, lane, connector, person, kind, direction, hint, event_time, created_at, status, attempts,
    settled_at, request, answer`,
  line: ({ event, delivery, at, kind, person, asked }) => {
    const isQuestion = kind === 'validate'
    const direction = isQuestion ? 'neutral' : 'allow'
    const about = join(delivery, event, `target/${delivery}`, 'target', isQuestion ? none : person.id, kind)
    const answer = isQuestion ? JSON.stringify({ answer: 'accept' }) : none
    return join(about, direction, direction, at, at, 'succeeded', '1', at, asked, answer)
  },
}

const grants: Table<Request> = {
  name: 'access_grant',
  columns: `id, person, connector, source, delivery_id, access, permission, request, granted_at, until, had_before,
    ended_at, ended_by, end_reason`,
  line: ({ grant, delivery, at, person, asked, isOver }) => {
    const [permission] = JSON.parse(asked).request.permissions
    const given = join(grant, person.id, 'target', 'lumos', delivery, `crm/${permission.value}`)
    const until = isOver ? at : new Date(Date.now() + dayMs).toISOString()
    const ended = isOver ? join(at, delivery, 'expired') : join(none, none, none)
    return join(given, JSON.stringify(permission), asked, at, until, 'f', ended)
  },
}

type Act = { id: string; number: number; at: string; act: string; person: string }

const everyAct = ['replay', 'held', 'held', 'adopted', 'protect'] as const

function makeAct(index: number, { count, people }: { count: number; people: number }): Act {
  const number = index + 1
  const at = new Date(Date.now() - 3_600_000 - (1 - index / count) * periodMs)
  const act = everyAct[index % everyAct.length] ?? 'replay'
  return {
    id: makeId('ord', { now: () => at }),
    number,
    at: at.toISOString(),
    act,
    person: grownPerson(index % people).id,
  }
}

const auditActs: Table<Act> = {
  name: 'audit',
  columns: 'id, at, actor, role, way, act, targets, facts, number',
  line: ({ id, number, at, act, person }) => {
    const [actor, role, way] =
      act === 'held' || act === 'adopted' ? ['hub', 'hub', 'hub'] : [`op${number % 7}`, 'operator', 'console']
    return join(id, at, actor, role, way, act, `{${person}}`, '{}', String(number))
  },
}

/** What waits for an operator, or was decided by one. */
async function fillWaiting(sql: Sql, few: number): Promise<void> {
  const some = sql`select id, source, authority_id from hub.person where denied_at is null order by id limit ${few}`
  const held = sql`select person, connector from hub.delivery where status = 'held' order by id desc limit ${few}`
  await sql`insert into hub.hold (person, connector, direction, why) select person, connector, 'deny', 'brake' from (${held}) d
    on conflict do nothing`
  await sql`insert into hub.protected (source, authority_id, reason, until, ordered_by)
    select source, authority_id, 'break-glass', now() + interval '1 day', 'op1' from (${some}) p`
  await sql`insert into hub.exception (id, person, until, reason, ordered_by)
    select 'exc_' || id, id, now() + interval '1 day', 'on leave', 'op1' from (${some}) p`
  await sql`insert into hub.legal_hold (person, reason, ordered_by) select id, 'a case', 'op1' from (${some}) p`
  await sql`
    update hub.attempt set conflicts = jsonb_build_array(jsonb_build_object('target', 'user|' || delivery_id, 'reason', 'other_owner'))
    where delivery_id in (select id from hub.delivery where status = 'no_match' order by id desc limit ${few})`
  await sql`
    insert into hub.alert (event_id, type, about, told)
    select id, 'hub.alert.setup_changed', 'target ' || id, true from hub.event order by id desc limit ${few}`
}

/** A planned batch, and as many that are over. */
async function fillBatches(sql: Sql, few: number): Promise<void> {
  const by = sql`jsonb_build_object('by', 'op1', 'account', 'op1', 'role', 'operator', 'way', 'console')`
  const names = Array.from({ length: few }, () => makeId('bat'))
  await sql`
    insert into hub.batch (id, name, act, filter, count, people, state, made_by, expires_at, plan_hash, planned, nothing, ended_at)
    select id, 'bench', 'replay', '{}', ${20 * few}, ${20 * few}, 'cancelled', ${by}, now() + interval '1 day', repeat('f', 64),
      ${20 * few}, ${20 * few}, now() from unnest(${names}::text[]) as id`
  await sql`
    insert into hub.batch_row (batch, ordinal, subject, lane, person, connector, plan, plan_hash, planned_at, result)
    select ${names.at(-1) ?? ''}, row_number() over (order by id), id, lane, person, connector, 'nothing', 'f', now(),
      case when status = 'failed' then 'carried_out' end
    from (select * from hub.delivery where kind = 'sync' order by id desc limit ${20 * few}) d`
}

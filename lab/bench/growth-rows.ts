import { createHash } from 'node:crypto'
import { makeId, personId } from '../../src/core/id.ts'
import { personLane } from '../../src/core/lane.ts'
import type { Sql } from '../../src/journal/index.ts'
import { copy, join, none, type Table } from './copy-rows.ts'

export type Fill = {
  rows: number
  people: number
  /** Of ten people one has left. True where it is left out. */
  leavers?: boolean
  /** The status of every delivery; left out: as the hub leaves them. */
  status?: Status
  /** At which connector the delivery with a number is; left out: all at `target`. */
  connectorOf?(number: number): string
}

/** A person whom only the filled rows know. */
export function grownPerson(number: number): { id: string; authorityId: string; email: string } {
  const name = `grown${String(number).padStart(8, '0')}`
  const authorityId = `00u${name}`
  return { id: personId({ source: 'okta', authorityId }), authorityId, email: `${name}@acme-demo.test` }
}

/** The sender's id of the filled event with a number. */
export function grownEvent(number: number): string {
  return `grown-${number}`
}

/** The ids of the request that brought the filled event with a number: the sender's, and that of its trace. */
export function grownRequest(number: number): { request: string; trace: string } {
  return { request: `grown-request-${number}`, trace: createHash('md5').update(String(number)).digest('hex') }
}

const dayMs = 86_400_000
/** The filled rows are spread over so long, up to an hour ago. */
const periodMs = 180 * dayMs
const chunk = 50_000

/**
 * Fills a migrated journal by COPY, with its indexes in place: rows as the hub leaves them when the work is done. Of a
 * hundred deliveries one failed, is held or was superseded; of ten people one has left. Nothing is due.
 */
export async function fillJournal(sql: Sql, fill: Fill, onRows: (rows: number) => void = () => {}): Promise<void> {
  await fillPeople(sql, fill)
  const startMs = Date.now() - 3_600_000 - periodMs
  for (let first = 0; first < fill.rows; first += chunk) {
    const count = Math.min(chunk, fill.rows - first)
    const rows = Array.from({ length: count }, (_, i) => makeRow(first + i, { ...fill, startMs }))
    await Promise.all([
      copy(sql, events, rows).then(() => copy(sql, keys, rows)),
      copy(sql, deliveries, rows).then(() => copy(sql, attempts, rows)),
    ])
    onRows(first + count)
  }
}

type Person = ReturnType<typeof grownPerson> & { hasLeft: boolean }
type Row = {
  number: number
  event: string
  delivery: string
  at: string
  person: Person
  connector: string
  status: Status
}
type Status = 'succeeded' | 'no_match' | 'failed' | 'held' | 'superseded'

/** An odd stride, so that each person's rows lie far apart, as they do when a year goes by. */
const stride = 7919

function makeRow(number: number, { startMs, ...fill }: Fill & { startMs: number }): Row {
  const at = new Date(startMs + (number / fill.rows) * periodMs)
  const clock = { now: () => at }
  return {
    number,
    event: makeId('evt', clock),
    delivery: makeId('dlv', clock),
    at: at.toISOString(),
    person: makePerson((number * stride) % fill.people, fill),
    connector: fill.connectorOf?.(number) ?? 'target',
    status: fill.status ?? findStatus(number),
  }
}

function findStatus(number: number): Status {
  if (number % 10 === 2) return 'no_match'
  if (number % 100 !== 50) return 'succeeded'
  return (['failed', 'superseded', 'held', 'superseded'] as const)[Math.floor(number / 100) % 4] ?? 'superseded'
}

function makePerson(number: number, { leavers = true }: Pick<Fill, 'leavers'>): Person {
  return { ...grownPerson(number), hasLeft: leavers && number % 10 === 0 }
}

const events: Table<Row> = {
  name: 'event',
  columns: 'id, source, external_id, request_id, trace_id, type, person, time, received_at, trusted, data',
  line: ({ number, event, at, person }) => {
    const type = person.hasLeft ? 'user.lifecycle.deactivate' : 'user.account.update_profile'
    const target = [{ id: person.authorityId, type: 'User', alternateId: person.email }]
    const data = { uuid: grownEvent(number), published: at, eventType: type, outcome: { result: 'SUCCESS' }, target }
    const { request, trace } = grownRequest(number)
    return join(event, 'okta', data.uuid, request, trace, type, person.id, at, at, 't', JSON.stringify(data))
  },
}

const keys: Table<Row> = {
  name: 'event_key',
  columns: 'source, external_id, event_id',
  line: ({ number, event }) => join('okta', grownEvent(number), event),
}

const deliveries: Table<Row> = {
  name: 'delivery',
  columns: `id, event_id, lane, connector, person, kind, direction, hint, event_time, created_at, status, attempts,
    settled_at, code, last_error`,
  line: ({ event, delivery, at, person, connector, status }) => {
    const direction = person.hasLeft ? 'deny' : 'neutral'
    const about = join(delivery, event, laneOf(person, connector), connector, person.id, 'sync', direction, direction)
    const why = status === 'failed' ? 'Refused.' : status === 'held' ? 'Held by the brake.' : none
    return join(about, at, at, status, '1', at, status === 'held' ? 'brake' : none, why)
  },
}

const attempts: Table<Row> = {
  name: 'attempt',
  columns: 'id, delivery_id, number, trigger, started_at, duration_ms, outcome, state, changes',
  line: ({ delivery, at, person, status }) => {
    const id = makeId('att', { now: () => new Date(at) })
    const outcome = status === 'failed' ? 'permanent' : status
    const target = person.authorityId
    const change = { action: 'lock', target, direction: 'deny', summary: 'Lock.', result: 'done', durationMs: 5 }
    const changes = JSON.stringify(person.hasLeft ? [change] : [])
    return join(id, delivery, '1', 'scheduled', at, '12.5', outcome, JSON.stringify(stateOf(person, at)), changes)
  },
}

async function fillPeople(sql: Sql, fill: Fill): Promise<void> {
  const people = Array.from({ length: fill.people }, (_, number) => makePerson(number, fill))
  const at = new Date(Date.now() - periodMs - dayMs).toISOString()
  const later = new Date(Date.now() + 7 * dayMs).toISOString()
  await copy(sql, persons(at), people)
  for (const kind of ['email', 'login', 'link'] as const) await copy(sql, sightings(kind, at), people)
  await copy(sql, lanes, people)
  const looks: Table<Person> = {
    name: 'verification',
    columns: 'person, connector, ids_at, search_at, seen_at',
    line: ({ id }) => join(id, 'target', later, later, at),
  }
  const left = people.filter(({ hasLeft }) => hasLeft)
  await copy(sql, looks, left)
}

function persons(at: string): Table<Person> {
  return {
    name: 'person',
    columns: 'id, source, authority_id, state, state_read_at, denied_at, first_seen_at',
    line: (person) => {
      const deniedAt = person.hasLeft ? at : none
      return join(person.id, 'okta', person.authorityId, JSON.stringify(stateOf(person, at)), at, deniedAt, at)
    },
  }
}

function sightings(kind: 'email' | 'login' | 'link', at: string): Table<Person> {
  return {
    name: 'sighting',
    columns: 'person, kind, connector, value, seen_at',
    line: ({ id, authorityId, email }) =>
      kind === 'link' ? join(id, kind, 'target', authorityId, at) : join(id, kind, '', email, at),
  }
}

const lanes: Table<Person> = {
  name: 'lane',
  columns: 'key, connector, authority, person, next_at',
  line: (person) => join(laneOf(person, 'target'), 'target', 'okta', person.id, none),
}

function laneOf({ authorityId }: Person, connector: string): string {
  return personLane({ connector, authority: 'okta', authorityId })
}

function stateOf({ authorityId, email, hasLeft }: Person, readAt: string) {
  const standing = hasLeft ? { status: 'DEPROVISIONED', access: 'deny' } : { status: 'ACTIVE', access: 'allow' }
  return { authorityId, ...standing, statusChangedAt: readAt, emails: [email], logins: [email], readAt }
}

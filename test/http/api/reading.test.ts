import { beforeEach, describe, expect, test } from 'vitest'
import { declareSecret } from '../../../src/core/redact.ts'
import type { Installed } from '../../../src/host/installed.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { listDeliveryPage } from '../../../src/operate/deliveries.ts'
import { type ApiStage, setApiStage } from '../../support/api.ts'
import { newEvent, personIdOf } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
let stage: ApiStage

beforeEach(async () => {
  stage = await setApiStage(sql)
})

async function read(path: string, as: 'viewer' | 'auditor' = 'viewer') {
  const { status, body } = await stage.ask(path, as)
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  return body
}

/** Reads every page of a list, and returns what is in it. */
async function readAll(path: string, list: string): Promise<{ id?: string; [field: string]: unknown }[]> {
  const rows: { id?: string }[] = []
  let cursor: unknown = ''
  for (let pages = 0; cursor !== null && pages < 20; pages++) {
    const body = await read(`${path}${cursor === '' ? '' : `&cursor=${String(cursor)}`}`)
    rows.push(...(body[list] as { id?: string }[]))
    cursor = body.next
  }
  return rows
}

async function addEvents(count: number, facts: Parameters<typeof newEvent>[0] = {}) {
  const events = Array.from({ length: count }, (_, i) => newEvent({ person: `00u${i}`, ...facts }))
  await ingest(sql, [events])
  return events
}

/** The path with another id: its last character is another one. */
const alter = (path: string) => `${path.slice(0, -1)}${path.endsWith('0') ? '1' : '0'}`

describe('deliveries', () => {
  test('come in pages as the command lists them, without a gap and without a repeat', async () => {
    await addEvents(7)
    const paged = await readAll('/api/v1/deliveries?limit=3', 'deliveries')
    const listed = (await listDeliveryPage(stage.journal, { folds: false, limit: 50 })).deliveries
    expect(paged).toEqual(listed.map((row) => expect.objectContaining({ id: row.id, status: row.status })))
    expect(listed).toHaveLength(7)
  })

  test('are filtered by what the command is, all at once', async () => {
    await addEvents(3)
    await addEvents(2, { connector: 'print', type: 'user.lifecycle.suspend' })
    const count = async (query: string) => ((await read(`/api/v1/deliveries?${query}`)).deliveries as unknown[]).length
    expect(await count('connector=print')).toBe(2)
    expect(await count('person=00u1')).toBe(2)
    expect(await count('person=00u1&connector=print')).toBe(1)
    expect(await count('event=user.lifecycle.*&status=pending')).toBe(5)
    expect(await count('search=suspend')).toBe(2)
    expect(await count('since=2090-01-01T00:00:00Z')).toBe(0)
    expect(await count(`until=${encodeURIComponent('2090-01-01T00:00:00+02:00')}&kind=sync`)).toBe(5)
  })

  test('of a person or an event that the journal does not know are 404, with the code of which', async () => {
    expect(await stage.ask('/api/v1/deliveries?person=nobody@acme.com')).toMatchObject({
      status: 404,
      body: { code: 'unknown_person', detail: expect.not.stringContaining('npm run') },
    })
    expect(await stage.ask('/api/v1/deliveries?event=nothing')).toMatchObject({
      status: 404,
      body: { code: 'unknown_event' },
    })
    await addEvents(2)
    expect(await stage.ask('/api/v1/deliveries?person=per_okta')).toMatchObject({
      status: 409,
      body: { code: 'several_found' },
    })
  })

  test('are shown one by one with every attempt and order, and without what their sender sent', async () => {
    const [event] = await addEvents(1, {
      data: { secretNote: 'of the sender', actor: { id: '00a', displayName: 'Ops' } },
    })
    const id = event?.deliveries[0]?.id ?? ''
    await sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, error, state, changes, conflicts)
      values ('att_1', ${id}, 1, 'scheduled', now(), 12, 'retry', 'HTTP 503',
        ${sql.json({ authorityId: '00u0', status: 'DEPROVISIONED', access: 'deny', statusChangedAt: null, emails: ['a@b.c'], logins: [], readAt: '' })},
        ${sql.json([{ direction: 'deny', target: 'auth0|1', action: 'flag', summary: 'Flag it', before: { blocked: false }, after: { blocked: true }, result: 'done', durationMs: 3 }])},
        ${sql.json([{ target: 'auth0|2', reason: 'somebody else' }])})`
    await stage.journal.orders.replay({ ids: [id], order: { kind: 'replay', ...operator(), reason: 'again' } })
    const shown = await read(`/api/v1/deliveries/${id}`)
    expect(shown).toMatchObject({
      id,
      event: { id: event?.id, type: 'user.lifecycle.deactivate' },
      actor: { id: '00a' },
      asked: null,
      tries: [
        {
          outcome: 'retry',
          error: 'HTTP 503',
          state: { status: 'DEPROVISIONED', access: 'deny' },
          changes: [{ target: 'auth0|1', result: 'done' }],
          conflicts: [{ target: 'auth0|2' }],
        },
      ],
      orders: [{ kind: 'replay', by: 'ann', reason: 'again' }],
    })
    expect(JSON.stringify(shown)).not.toContain('of the sender')
    expect(JSON.stringify(shown)).not.toContain('a@b.c')
    expect(await stage.ask(alter(`/api/v1/deliveries/${id}`))).toMatchObject({
      status: 404,
      body: { code: 'unknown_delivery' },
    })
  })

  test('that are stuck come with what is paused, and for how long the oldest denial is open', async () => {
    await addEvents(2)
    await sql`update hub.delivery set created_at = now() - interval '1 hour'`
    await sql`update hub.event set received_at = now() - interval '1 hour'`
    await stage.journal.queue.pause({ id: 'auth0', reason: 'invalid_client', probeSeconds: 600 })
    const body = await read('/api/v1/stuck?connector=auth0')
    expect(body).toMatchObject({ paused: [{ id: 'auth0', reason: 'invalid_client' }] })
    expect(body.deliveries).toHaveLength(2)
    expect(body.oldestDenialSeconds).toBeGreaterThan(3000)
  })
})

describe('an event', () => {
  test('is shown with its deliveries to a viewer, and with its body to an auditor alone', async () => {
    declareSecret('the-hook-s3cret')
    const [event] = await addEvents(1, { data: { note: 'with the-hook-s3cret in it', target: [1, null] } })
    const path = `/api/v1/events/${event?.id}`
    const shown = await read(path)
    expect(shown).toMatchObject({ id: event?.id, deliveries: [{ id: event?.deliveries[0]?.id }] })
    expect(shown).not.toHaveProperty('data')
    expect((await stage.ask(`${path}/data`, 'viewer')).status).toBe(403)
    expect(await read(`${path}/data`, 'auditor')).toEqual({
      data: { note: 'with [redacted] in it', target: [1, null] },
    })
    expect(await stage.ask(alter(path))).toMatchObject({ status: 404, body: { code: 'unknown_event' } })
  })
})

describe('people', () => {
  beforeEach(async () => {
    await addEvents(3)
    for (const [i, login] of ['lena.park', 'lena.pohl', 'omar'].entries()) {
      const value = `${login}@acme.com`
      const sighting = { person: personIdOf('okta', `00u${i}`), kind: 'login', connector: 'okta', value }
      await sql`insert into hub.sighting ${sql(sighting)}`
    }
  })

  test('are found by an id, and by the beginning of a login in any letters', async () => {
    const find = async (search: string) => (await read(`/api/v1/people?search=${search}&limit=2`)).people
    expect(await find('LENA.P')).toMatchObject([{ authorityId: '00u0' }, { authorityId: '00u1' }])
    expect(await find('omar@acme.com')).toMatchObject([{ id: personIdOf('okta', '00u2') }])
    expect(await find('00u2')).toMatchObject([{ authorityId: '00u2', sightings: [{ value: 'omar@acme.com' }] }])
    expect(await find('nobody')).toEqual([])
    expect(await read('/api/v1/people?search=lena&limit=1')).toMatchObject({ more: true })
    expect(await stage.ask('/api/v1/people?search=le')).toMatchObject({ status: 400 })
  })

  test('are shown one by one with all that happened, the latest of it where that is much', async () => {
    const path = `/api/v1/people/${personIdOf('okta', '00u0')}`
    expect(await read(path)).toMatchObject({
      authorityId: '00u0',
      timeline: [{ what: 'event', type: 'user.lifecycle.deactivate' }],
      timelineIsCut: false,
      owed: [],
      protection: null,
    })
    await addEvents(501, { person: '00u0' })
    await sql`update hub.event e set received_at = now() - make_interval(secs => n.n)
      from (select id, row_number() over (order by id) as n from hub.event) n where n.id = e.id`
    const body = await read(path)
    expect(body).toMatchObject({ timelineIsCut: true })
    expect(body.timeline).toHaveLength(500)
    expect(await stage.ask('/api/v1/people/per_0')).toMatchObject({ status: 404, body: { code: 'unknown_person' } })
  })

  test('who are protected or excepted are listed, with the word of the operator', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const note = { until, reason: 'the last way in', ...operator() }
    for (let i = 0; i < 3; i++) await stage.journal.orders.protect({ source: 'okta', authorityId: `00u${i}`, ...note })
    const listed = await readAll('/api/v1/protected?limit=2', 'protected')
    expect(listed).toMatchObject(
      ['lena.park', 'lena.pohl', 'omar'].map((name) => ({ login: `${name}@acme.com`, by: 'ann' })),
    )
    await stage.journal.orders.exceptPerson({ id: 'ord_1', person: personIdOf('okta', '00u0'), ...note })
    expect(await read('/api/v1/exceptions')).toMatchObject({
      exceptions: [{ id: 'ord_1', authorityId: '00u0', expired: false, reason: 'the last way in' }],
      next: null,
    })
  })
})

test('connectors are listed with their pauses, those that are not configured any more too', async () => {
  const connector = { id: 'badge', config: undefined, sync: { on: [] }, doctor: async () => [] } as never
  stage = await setApiStage(sql, { installed: [{ id: 'badge', connector } as Partial<Installed> as Installed] })
  await stage.journal.queue.pause({ id: 'old', reason: '401', probeSeconds: 600 })
  const seen = { limit: 50, left: 20, windowSeconds: 1, resetSeconds: 60, ageSeconds: 0 }
  const question = {
    connector: 'badge',
    callClass: 'bulk',
    wanted: 1,
    made: [0, 0, 0, 0, 0],
    stated: 10,
    seen,
  } as const
  await stage.journal.queue.takeCalls(question)
  expect(await read('/api/v1/connectors')).toEqual({
    connectors: [
      {
        ...{ id: 'badge', installed: true, members: ['sync'], pausedSince: null, pausedUntil: null, reason: null },
        budget: { limit: 50, limitSeconds: 1, left: 20, stated: 10, emptiedUntil: null, waiting: ['bulk'] },
      },
      {
        ...{ id: 'old', installed: false, members: [], reason: '401', budget: null },
        ...{ pausedSince: expect.any(String), pausedUntil: expect.any(String) },
      },
    ],
  })
})

test('the brake says how near it is, and whom it holds, first those who wait', async () => {
  await addEvents(3)
  for (let i = 0; i < 3; i++) {
    const hold = { person: personIdOf('okta', `00u${i}`), connector: 'auth0', direction: 'deny', why: 'brake' }
    await sql`insert into hub.hold ${sql(hold)}`
  }
  const order = { id: 'ord_1', kind: 'cancel', direction: null, reason: 'a mistake', ...operator() } as const
  await stage.journal.orders.orderHolds({ ...order, person: personIdOf('okta', '00u0') })
  expect(await read('/api/v1/brake')).toMatchObject({
    limits: { people: 20 },
    gauges: [{ counted: 0 }, { counted: 0 }],
  })
  await sql`update hub.hold set held_at = '2026-05-14T08:30:00.123456Z' where person <> ${personIdOf('okta', '00u0')}`
  for (const limit of [1, 2, 3]) {
    const holds = await readAll(`/api/v1/brake/holds?limit=${limit}`, 'holds')
    expect(holds.map(({ order: said }) => said)).toMatchObject([null, null, { kind: 'cancel', by: 'ann' }])
    expect(new Set(holds.map(({ person }) => person)).size).toBe(3)
  }
})

test('open alerts and users in conflict are listed', async () => {
  const event = newEvent({ source: 'hub', type: 'hub.alert.stuck', person: null })
  await ingest(sql, [[{ ...event, opens: { about: 'auth0/okta/00u1', told: true, delivery: null } }]])
  expect(await read('/api/v1/alerts')).toMatchObject({
    alerts: [{ event: event.id, type: 'hub.alert.stuck', told: true }],
  })
  const [one] = await addEvents(1)
  await sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, changes, conflicts)
    values ('att_2', ${one?.deliveries[0]?.id ?? ''}, 1, 'scheduled', now(), 12, 'held', '[]',
      ${sql.json([{ target: 'auth0|2', reason: 'somebody else' }])})`
  expect(await read('/api/v1/conflicts')).toMatchObject({ conflicts: [{ target: 'auth0|2', authorityId: '00u0' }] })
})

test('a caller reads who they are, and an administrator which tokens there are', async () => {
  expect(await read('/api/v1/me')).toMatchObject({ role: 'viewer', way: 'api', person: null })
  const { status, body } = await stage.ask('/api/v1/tokens?limit=2')
  expect([status, (body.tokens as unknown[]).length, typeof body.next]).toEqual([200, 2, 'string'])
  const next = await stage.ask(`/api/v1/tokens?limit=2&cursor=${String(body.next)}`)
  expect([(next.body.tokens as unknown[]).length, next.body.next]).toEqual([2, null])
  expect(JSON.stringify([body, next.body])).not.toMatch(/bh_|hash/)
})

describe('what does not fit is refused', () => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['status=done', 'status'],
    ['since=yesterday', 'since'],
    ['since=0000-01-01T00:00:00Z', 'since'],
    ['until=2026-02-31T00:00:00Z', 'until'],
    ['person=', 'person'],
    ['person=a%00b', 'person'],
    ['stauts=failed', 'stauts'],
    ['folds=yes', 'folds'],
  ])('%s, with the name of what is wrong and never its value', async (query, name) => {
    const { status, body } = await stage.ask(`/api/v1/deliveries?${query}`)
    expect([status, body.code]).toEqual([400, 'wrong_parameter'])
    expect(body.errors).toMatchObject([{ in: 'query', name, why: expect.any(String) }])
  })

  test('the beginning of an id: of another thing it may be the whole', async () => {
    const [event] = await addEvents(1)
    for (const path of [`deliveries/${event?.deliveries[0]?.id.slice(0, 20)}`, `events/${event?.id.slice(0, 20)}`]) {
      expect(await stage.ask(`/api/v1/${path}`)).toMatchObject({ status: 400, body: { errors: [{ in: 'path' }] } })
    }
  })

  test('a parameter where a route has none', async () => {
    expect((await stage.ask('/api/v1/brake?limit=1')).status).toBe(400)
  })

  test('a cursor that was made up, is of another list, or of other filters', async () => {
    await addEvents(3)
    const { next } = await read('/api/v1/deliveries?limit=1&connector=auth0')
    expect((await stage.ask(`/api/v1/deliveries?limit=2&connector=auth0&cursor=${String(next)}`)).status).toBe(200)
    const wrong = ['x', '%20', 'bnVsbA', btoa('["a","b"]'), `${String(next)}A`]
    const paths = [
      ...wrong.map((cursor) => `/api/v1/deliveries?limit=1&connector=auth0&cursor=${cursor}`),
      `/api/v1/deliveries?limit=1&connector=print&cursor=${String(next)}`,
      `/api/v1/deliveries?limit=1&cursor=${String(next)}`,
      `/api/v1/alerts?cursor=${String(next)}`,
    ]
    for (const path of paths) {
      expect([path, await stage.ask(path)]).toMatchObject([path, { status: 400, body: { code: 'wrong_cursor' } }])
    }
  })
})

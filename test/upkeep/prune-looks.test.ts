import { afterEach, expect, test } from 'vitest'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { pruneLooks } from '../../src/journal/records/old-looks.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, startHub, type TestHub, userEvent } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const day = 24 * 60 * 60

const later: TestHub[] = []
afterEach(async () => {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
})

/** No hub runs for so long; then one starts, which makes the looks that are due. */
async function returnAfter(stage: Stage, seconds: number, keepLooksDays?: number): Promise<void> {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
  await Promise.resolve(stage.hub[Symbol.asyncDispose]()).catch(() => {})
  await passTime(db.sql, seconds)
  const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2, pruneEverySeconds: 0 }
  const keep = keepLooksDays === undefined ? {} : { keepLooksDays }
  later.push(
    await startHub({
      db,
      tenants: stage.tenants,
      upkeep: { resync: false, verify: { searchDays: 90 }, timing, ...keep },
    }),
  )
  await eventually(async () => {
    const [row] = await db.sql`
      select count(*)::int as open from hub.verification where due_at <= now() or asked_at is not null or seen_at is null`
    expect(row?.open).toBe(0)
  })
}

async function leave(stage: Stage, oktaId: string): Promise<void> {
  stage.silently(oktaId, 'deactivate')
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: oktaId })]))
  await eventually(async () => {
    const rows = await stage.hub.deliveries()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ status }) => status === 'succeeded')).toBe(true)
  })
}

const count = async () => {
  const [rows] = await db.sql`
    select (select count(*)::int from hub.event where type like 'hub.verify.%') as looks,
      (select count(*)::int from hub.event) as events, (select count(*)::int from hub.delivery) as deliveries,
      (select count(*)::int from hub.attempt) as attempts, (select count(*)::int from hub.verification where seen_at is not null) as seen`
  return rows
}
const question = { after: '', keepDays: 7, people: 10, rows: 100 }

test('looks that found nothing are forgotten after their days, row and try alike, and when a person was seen last stays', async () => {
  await using stage = await setStage({ db })
  await leave(stage, LENA.oktaId)
  const before = await count()
  await returnAfter(stage, day)
  await returnAfter(stage, day)
  expect((await count())?.looks).toBeGreaterThan(1)
  await returnAfter(stage, 30 * day, 7)
  // What stays is the lockout itself, and the looks that this hub has just made.
  await eventually(async () => {
    const [old] = await db.sql`
      select count(*)::int as looks from hub.event where type like 'hub.verify.%' and received_at < now() - interval '7 days'`
    expect(old?.looks).toBe(0)
  })
  const [orphans] = await db.sql`
    select (select count(*)::int from hub.attempt a where not exists (select 1 from hub.delivery d where d.id = a.delivery_id)) as tries,
      (select count(*)::int from hub.delivery d where not exists (select 1 from hub.event e where e.id = d.event_id)) as deliveries`
  expect(orphans).toMatchObject({ tries: 0, deliveries: 0 })
  const lockouts = await db.sql`select 1 from hub.attempt where changes::text <> '[]'`
  expect(lockouts.length).toBe(1)
  expect((await count())?.seen).toBe(1)
  expect((await count())?.deliveries).toBeGreaterThanOrEqual(before?.deliveries)
})

test('a look that mended something is never forgotten, nor what another delivery points to', async () => {
  await using stage = await setStage({ db })
  await leave(stage, LENA.oktaId)
  stage.tenants.auth0.users.patch(LENA.databaseUserId, { blocked: false })
  await returnAfter(stage, day)
  await returnAfter(stage, day)
  const mended = await db.sql`
    select a.delivery_id as id from hub.attempt a join hub.delivery d on d.id = a.delivery_id join hub.event e on e.id = d.event_id
    where e.type like 'hub.verify.%' and a.changes::text <> '[]'`
  expect(mended).toHaveLength(1)
  const [plain] = await db.sql`
    select d.id from hub.delivery d join hub.event e on e.id = d.event_id where e.type like 'hub.verify.%'
      and d.collapsed_into is null and d.id <> ${String(mended[0]?.id)} limit 1`
  // A lockout that this look's run stood for: its pointer is how an operator finds the try.
  await db.sql`update hub.delivery set collapsed_into = ${String(plain?.id)} where id = (
    select d.id from hub.delivery d join hub.event e on e.id = d.event_id where e.type = 'user.lifecycle.deactivate' limit 1)`
  await later.at(-1)?.[Symbol.asyncDispose]()
  later.splice(0)
  await passTime(db.sql, 60 * day)
  for (let step = 0; step < 4; step++) await pruneLooks(db.sql, question)
  const left = await db.sql`
    select d.id from hub.delivery d join hub.event e on e.id = d.event_id where e.type like 'hub.verify.%'`
  expect(left.map(({ id }) => id).sort()).toEqual([mended[0]?.id, plain?.id].sort())
})

test('a step forgets so many rows of so many people at most, goes on where it was, and waits for no lock', async () => {
  await using stage = await setStage({ db })
  await leave(stage, LENA.oktaId)
  await leave(stage, OMAR.oktaId)
  await stage.hub[Symbol.asyncDispose]()
  await db.sql`
    insert into hub.event (id, source, external_id, type, person, time, received_at)
    select 'evt_old' || p.id || i, 'hub', 'old' || p.id || i, 'hub.verify.ids', p.id, now() - interval '9 days', now() - interval '9 days'
    from hub.person p, generate_series(1, 30) i`
  await db.sql`
    insert into hub.delivery (id, event_id, lane, connector, person, kind, direction, hint, event_time, created_at, status, settled_at)
    select 'dlv' || substr(e.id, 4), e.id, 'auth0/' || e.person, 'auth0', e.person, 'sync', 'deny', 'neutral', e.time, e.received_at,
      'succeeded', e.received_at from hub.event e where e.type = 'hub.verify.ids' and e.id like 'evt_old%'`
  const few = { ...question, people: 1, rows: 20 }
  expect(await pruneLooks(db.sql, few)).toMatchObject({ count: 20, isFull: true })
  const { last, ...second } = await pruneLooks(db.sql, few)
  expect(second).toEqual({ count: 10, isFull: false })
  await db.sql.begin(async (tx) => {
    await tx`select 1 from hub.delivery where id like 'dlv_old%' limit 1 for update`
    expect(await pruneLooks(db.sql, { ...question, after: last ?? '' })).toMatchObject({ count: 29 })
  })
  expect(await pruneLooks(db.sql, { ...question, after: last ?? '' })).toMatchObject({ count: 1 })
  expect((await pruneLooks(db.sql, { ...question, after: 'per_z' })).last).toBeNull()
  await db.sql.begin(async (tx) => {
    await tx`set local enable_seqscan = off`
    const plan = await tx`explain (format text) select 1 from hub.delivery d
      where d.person = 'per_x' and d.created_at < now() - make_interval(days => 7)`
    expect(JSON.stringify(plan)).toContain('delivery_person')
  })
})

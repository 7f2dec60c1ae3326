import { readFile } from 'node:fs/promises'
import { beforeEach, expect, test } from 'vitest'
import { questionLane, targetLane } from '../../../src/core/lane.ts'
import { attemptOutcomes, deliveryCodes } from '../../../src/core/outcome.ts'
import { deliveryKinds } from '../../../src/core/queue.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { findEvents } from '../../../src/journal/records/deliveries.ts'
import { migrate } from '../../../src/journal/sql/migrate.ts'
import { readMigrations } from '../../../src/node/postgres/database.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase({ empty: true })
const shipped = await readMigrations()

beforeEach(async () => {
  await db.sql`drop schema if exists hub cascade`
})

test('0006 keeps bodies, requests, answers and attempts as they were, and still tells people apart', async () => {
  const { sql } = db
  await migrate(
    sql,
    shipped.filter(({ number }) => number < 6),
  )
  const body = { application: { app_id: 'a' }, list: [1, 'ä', null] }
  const request = { request: { subject: { email: 'lena@acme.test' } }, source: 'lumos' }
  await sql`
    insert into hub.event (id, source, external_id, type, person, time, received_at, data)
    select 'evt_' || i, 'lumos', 'evt_' || i, 'inline.validate', 'per_1', now(), now(), ${sql.json(body)}
    from generate_series(1, 2) as i`
  await sql`
    insert into hub.delivery (id, event_id, lane, connector, person, kind, direction, hint, event_time, status, request, answer)
    select 'dlv_' || i, 'evt_' || i, 'l', 'c', 'per_1', 'validate', 'neutral', 'neutral', now(), 'succeeded',
      ${sql.json(request)}, '{"answer": "accept"}'
    from generate_series(1, 2) as i`
  await sql`
    insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, answer)
    select 'att_' || i || k, 'dlv_' || i, k, 'scheduled', now(), 1, 'succeeded', '{"answer": "accept"}'
    from generate_series(1, 2) as i, generate_series(1, 2) as k`

  expect((await migrate(sql, shipped)).map(({ number }) => number)).toEqual(
    shipped.slice(5).map(({ number }) => number),
  )

  const [event] = await findEvents(sql, 'evt_1')
  expect(event).toMatchObject({ person: 'per_1', data: body })
  const journal = makeJournal(sql)
  expect(await journal.records.showDelivery('dlv_2')).toMatchObject({
    event: { data: body },
    inline: { asked: { subject: request.request.subject, source: 'lumos' }, answer: { answer: 'accept' } },
    tries: [
      { id: 'att_21', answer: { answer: 'accept' } },
      { id: 'att_22', answer: { answer: 'accept' } },
    ],
  })
  expect(await journal.records.listDeliveries({ person: 'per_1', limit: 10 })).toHaveLength(2)
  expect(await journal.records.listDeliveries({ email: 'Lena@acme.test', limit: 10 })).toHaveLength(2)
})

/** What the hub wrote before it kept codes: status, kind and last error, and the code that stands for it. */
const sentences = [
  ['held', 'sync', 'Protected: break glass. An operator must release this denial.', 'protected'],
  ['held', 'sync', 'More than 20 people would be locked out within 10 minutes: an operator must release it.', 'brake'],
  ['held', 'sync', 'The brake stopped this earlier, and no operator has released or cancelled it since.', 'brake'],
  ['held', 'sync', 'Okta: E0000007. The hub does not take that as a leaver.', 'unknown_person'],
  ['held', 'sync', "Nobody has said what the status STAGED means for a person's access.", 'unknown_status'],
  ['held', 'sync', 'auth0|1: an operator must say whose this is', 'conflict'],
  ['superseded', 'sync', 'Cancelled by ann: a wrong import', 'cancelled'],
  ['pending', 'sync', 'Okta answered 503', null],
  ['succeeded', 'sync', null, null],
  ['succeeded', 'provision', 'A trial of the hook: nothing was done.', 'trial'],
  ['superseded', 'provision', 'Answered again: dlv_0 did it.', 'answered_again'],
  ['superseded', 'provision', 'Observing: nothing was given.', 'observing'],
  ['superseded', 'provision', 'Not begun: Okta answered 503', 'not_begun'],
  ['superseded', 'provision', 'The person is locked out.', 'denied'],
  ['failed', 'provision', 'Nobody has allowed vault to grant this of crm: not:listed.', 'unmapped'],
  ['failed', 'validate', 'The intake fields do not fit. floor: not a number', 'wrong_fields'],
  ['failed', 'validate', 'oracle answered 500', 'no_answer'],
] as const

test('0009 reads what old rows say into codes, and leaves what it does not know', async () => {
  const { sql } = db
  await migrate(
    sql,
    shipped.filter(({ number }) => number < 9),
  )
  for (const [i, [status, kind, error]] of sentences.entries()) {
    await sql`
      insert into hub.delivery (id, event_id, lane, connector, kind, direction, hint, event_time, status, last_error, request)
      values (${`dlv_${i}`}, 'evt', 'l', 'c', ${kind}, 'deny', 'deny', now(), ${status}, ${error},
        ${kind === 'sync' ? null : sql.json({ source: 'lumos' })})`
  }
  await migrate(sql, shipped)
  const rows = await sql<{ code: string | null }[]>`select code from hub.delivery order by seq`
  expect(rows.map(({ code }) => code)).toEqual(sentences.map(([, , , code]) => code))
})

test.each([
  ['delivery_kind', deliveryKinds],
  ['delivery_code', deliveryCodes],
  ['attempt_outcome', attemptOutcomes],
])('the constraint %s allows what the code writes, and nothing else', async (name, words) => {
  await migrate(db.sql, shipped)
  const [row] = await db.sql`select pg_get_constraintdef(oid) as text from pg_constraint where conname = ${name}`
  const allowed = [...String(row?.text).matchAll(/'([a-z0-9_]+)'::text/g)].map(([, word]) => word)
  expect(allowed.toSorted()).toEqual([...words].toSorted())
})

test('SQL and TypeScript write the same lane keys', async () => {
  await migrate(db.sql, shipped)
  const names = { connector: "o'hara", deliveryId: 'dlv_1', target: 'auth0|1:2/ä' }
  const [row] = await db.sql`
    select hub.question_lane(${names.connector}, ${names.deliveryId}) as question,
      hub.target_lane(${names.connector}, ${names.target}) as target`
  expect(row).toEqual({ question: questionLane(names), target: targetLane(names) })
})

test('what docs/operations.md has made beforehand are the very indexes that a migration would make', async () => {
  const toPlain = (text: string) => text.replaceAll(/\s+/g, ' ')
  const page = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const lines = page.match(/^create index concurrently if not exists .*;$/gm) ?? []
  expect(lines.length).toBeGreaterThan(4)
  const texts = shipped.map(({ text }) => toPlain(text)).join(' ')
  for (const line of lines) expect(texts).toContain(line.replace(' concurrently', ''))
})

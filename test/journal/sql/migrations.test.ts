import { expect, test } from 'vitest'
import { makeJournal } from '../../../src/journal/index.ts'
import { findEvents } from '../../../src/journal/records/events.ts'
import { migrate } from '../../../src/journal/sql/migrate.ts'
import { readMigrations } from '../../../src/node/postgres/migrations.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase({ empty: true })

test('0006 keeps bodies, requests, answers and attempts as they were, and still tells people apart', async () => {
  const { sql } = db
  const shipped = await readMigrations()
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
    inline: { request, answer: { answer: 'accept' } },
    tries: [
      { id: 'att_21', answer: { answer: 'accept' } },
      { id: 'att_22', answer: { answer: 'accept' } },
    ],
  })
  expect(await journal.records.listDeliveries({ person: 'per_1', limit: 10 })).toHaveLength(2)
  expect(await journal.records.listDeliveries({ email: 'Lena@acme.test', limit: 10 })).toHaveLength(2)
})

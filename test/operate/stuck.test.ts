import { beforeEach, expect, test } from 'vitest'
import { makeJournal } from '../../src/journal/index.ts'
import { ingest } from '../../src/journal/queue/ingest.ts'
import { findStuck } from '../../src/operate/stuck.ts'
import { newEvent, personIdOf, wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { passTime } from '../support/time.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)

beforeEach(() => wipe(sql))

const pauseForLong = (id: string) => journal.queue.pause({ id, reason: 'It answered 401', probeSeconds: 3600 })

/** Three minutes later. */
async function peopleStuck(filter: Partial<Parameters<typeof findStuck>[1]> = {}): Promise<(string | null)[]> {
  await passTime(sql, 180)
  const { rows } = await findStuck(journal, { limit: 50, ...filter })
  return rows.map(({ person }) => person)
}

test('work of a paused connector is found however much newer work waits elsewhere', async () => {
  await ingest(sql, [[newEvent({ person: '00uold', connector: 'paused' })]])
  await ingest(sql, [
    Array.from({ length: 1200 }, (_, i) =>
      newEvent({ person: `00u${i}`, connector: 'working', kind: 'on', hint: 'neutral' }),
    ),
  ])
  await pauseForLong('paused')
  expect(await peopleStuck()).toEqual([personIdOf('okta', '00uold')])
})

test('work that waits for a paused authority is found, whichever source brought it', async () => {
  const person = { id: personIdOf('okta_eu', '00u1'), authorityId: '00u1', source: 'okta_eu' }
  // A resync's event is the hub's own; the lane is the person's.
  await ingest(sql, [[{ ...newEvent({ source: 'okta_eu' }), source: 'hub', type: 'hub.resync', person }]])
  await ingest(sql, [[newEvent({ person: '00u2', source: 'okta_us', kind: 'on', hint: 'neutral' })]])
  await pauseForLong('okta_eu')
  expect(await peopleStuck()).toEqual([person.id])
})

test('a filter chooses among all that is stuck, not among the newest of it', async () => {
  await ingest(sql, [[newEvent({ person: '00uold', connector: 'first' })]])
  await ingest(sql, [Array.from({ length: 60 }, (_, i) => newEvent({ person: `00u${i}`, connector: 'second' }))])
  await pauseForLong('first')
  await pauseForLong('second')
  expect(await peopleStuck({ connector: 'first' })).toEqual([personIdOf('okta', '00uold')])
})

test('a grant that nothing can clear up is not stuck: it has no next attempt', async () => {
  await ingest(sql, [[newEvent(), newEvent({ person: '00u2' })]])
  await sql`update hub.delivery set status = 'uncertain', attempts = 30`
  await sql`update hub.delivery set next_attempt_at = null where person = ${personIdOf('okta', '00u1')}`
  expect(await peopleStuck()).toEqual([personIdOf('okta', '00u2')])
})

/** Each delivery as the journal has it three minutes after it came, and whether it is stuck. */
const stories: [string, boolean, string | null][] = [
  ['a lockout that nobody has tried', true, null],
  ['a lockout that fails, tried twice', true, `attempts = 2, last_error = '500', next_attempt_at = now()`],
  ['a revoke that fails', true, `kind = 'deprovision', attempts = 1, last_error = '500'`],
  ['a revoke of which it is not known whose access it takes', true, `kind = 'resolve'`],
  [
    'the end of a grant that is due in a month',
    false,
    `kind = 'deprovision', grants = '{grt_1}', next_attempt_at = now() + interval '30 days'`,
  ],
  [
    'a lockout that is done and searched for again in a day',
    false,
    `status = 'succeeded', next_attempt_at = now() + interval '1 day'`,
  ],
  ['a lockout that was done', false, `status = 'succeeded', next_attempt_at = null`],
  ['a read that came too early and is repeated', false, `direction = 'allow', rechecks = 2, attempts = 3`],
  ['a revoke while the hub only observes', false, `kind = 'deprovision', code = 'observing'`],
  ['an opening that fails, tried twice', false, `direction = 'allow', attempts = 2, last_error = '500'`],
  ['an opening that was tried ten times', true, `direction = 'allow', attempts = 10, last_error = '500'`],
  ['a question', false, `kind = 'validate'`],
  ['a conflict, of which an alert told', false, `status = 'held', code = 'conflict', next_attempt_at = null`],
]

test.each(stories)('is stuck after three minutes, or is not: %s (%s)', async (_, isStuck, facts) => {
  await ingest(sql, [[newEvent()]])
  await passTime(sql, 180)
  if (facts !== null) await sql.unsafe(`update hub.delivery set ${facts}`)
  const { rows, oldestDenialSeconds } = await findStuck(journal, { limit: 50 })
  expect(rows).toHaveLength(isStuck ? 1 : 0)
  if (isStuck && rows[0]?.direction === 'deny') expect(oldestDenialSeconds).toBeGreaterThan(179)
  else expect(oldestDenialSeconds).toBe(0)
})

test('a lockout is open before it is stuck, and measured from the start', async () => {
  await ingest(sql, [[newEvent()]])
  await passTime(sql, 60)
  const { rows, oldestDenialSeconds } = await findStuck(journal, { limit: 50 })
  expect(rows).toEqual([])
  expect(oldestDenialSeconds).toBeGreaterThan(59)
  expect((await journal.records.measureQueue()).oldestDenialSeconds).toBeGreaterThan(59)
})

test('news that keeps coming does not make a lockout look young', async () => {
  await ingest(sql, [[newEvent()]])
  await passTime(sql, 100)
  await ingest(sql, [[newEvent()]])
  const [older, newer] = await sql<{ id: string }[]>`select id from hub.delivery order by seq`
  await sql`update hub.delivery set collapsed_into = ${newer?.id ?? ''}, next_attempt_at = null where id = ${older?.id ?? ''}`
  await passTime(sql, 100)
  const [row] = await journal.records.listStuck({ afterSeconds: 120, afterAttempts: 9, limit: 5 })
  expect(row).toMatchObject({ delivery: newer?.id, cause: 'waiting' })
  expect(row?.openSeconds).toBeGreaterThan(199)
})

test('a look in a day that fails is open since it failed, and a replay since it was ordered', async () => {
  await ingest(sql, [[newEvent()]])
  const attempt = (outcome: string, ago: string) => sql`
    insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome)
    select 'att_' || ${outcome} || ${ago}, id, 1, 'scheduled', now() - ${ago}::interval, 1, ${outcome} from hub.delivery`
  await passTime(sql, 86_400)
  await attempt('retry', '24 hours')
  await attempt('succeeded', '23 hours')
  await attempt('retry', '30 seconds')
  expect((await findStuck(journal, { limit: 5 })).oldestDenialSeconds).toBeLessThan(60)
  await sql`delete from hub.attempt where outcome = 'retry'`
  await sql`update hub.delivery set next_trigger = 'manual', next_attempt_at = now()`
  expect((await findStuck(journal, { limit: 5 })).rows).toEqual([])
})

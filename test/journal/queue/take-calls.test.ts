import { beforeEach, expect, test } from 'vitest'
import { type CallClass, makeCallBudget, type SeenLimit } from '../../../src/core/call-budget.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { listCallBudgets, takeCalls } from '../../../src/journal/queue/take-calls.ts'
import { wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

const start = '2026-08-01T10:00:00Z'

type Asked = { wanted: number; at?: number; made?: number[]; stated?: number; seen?: SeenLimit }

/** Asks as of so many seconds after the start, and tells what was granted. */
async function take(callClass: CallClass, { wanted, at = 0, made = [0, 0, 0, 0, 0], stated, seen }: Asked) {
  const [row] = await sql<{ granted: number; wait: number }[]>`
    select granted, wait_seconds as wait from hub.take_calls('okta', ${callClass}, ${wanted}, ${made}::int[],
      ${stated ?? null}::float8, ${seen ? JSON.stringify(seen) : null}::text::jsonb,
      ${start}::timestamptz + make_interval(secs => ${at}))`
  return row ?? { granted: -1, wait: -1 }
}

const granted = async (callClass: CallClass, asked: Asked) => (await take(callClass, asked)).granted

/** Okta's bucket of 600 calls a minute. */
const minute = (left: number, resetSeconds = 60): SeenLimit => ({
  ...{ limit: 600, left, windowSeconds: 60, resetSeconds, ageSeconds: 0 },
})

test('processes share the calls of one second, and the next second has its own', async () => {
  expect(await granted('bulk', { wanted: 15, stated: 20 })).toBe(15)
  // One in twenty is kept for denials.
  expect(await granted('bulk', { wanted: 15, stated: 20, at: 0.4 })).toBe(4)
  expect(await take('bulk', { wanted: 15, stated: 20, at: 0.6 })).toMatchObject({
    granted: 0,
    wait: expect.closeTo(0.4),
  })
  expect(await granted('bulk', { wanted: 15, stated: 20, at: 1 })).toBe(15)
})

test('a denial is never refused, and what it took is not there for others in that second and in the next', async () => {
  expect(await granted('bulk', { wanted: 100, stated: 20 })).toBe(19)
  expect(await granted('denial', { wanted: 50, stated: 20 })).toBe(50)
  // Another process made ten more, and says so.
  expect(await granted('denial', { wanted: 0, made: [10, 0, 0, 0, 0], stated: 20, at: 1 })).toBe(0)
  expect(await granted('opening', { wanted: 5, stated: 20, at: 1 })).toBe(0)
  expect(await granted('opening', { wanted: 100, stated: 20, at: 2 })).toBe(10)
})

test('a class leaves to those before it what they took in the second before', async () => {
  expect(await granted('opening', { wanted: 12, stated: 20 })).toBe(12)
  expect(await granted('bulk', { wanted: 20, stated: 20, at: 1 })).toBe(7)
  expect(await granted('opening', { wanted: 12, stated: 20, at: 1.5 })).toBe(12)
  expect(await granted('bulk', { wanted: 20, stated: 20, at: 3 })).toBe(19)
})

test('bulk keeps to the vendor’s pace, and an opening may have all that is left but what is kept for denials', async () => {
  expect(await granted('bulk', { wanted: 100, seen: minute(600) })).toBe(10)
  expect(await granted('bulk', { wanted: 100, at: 1 })).toBe(10)
  expect(await granted('opening', { wanted: 1000, at: 1 })).toBe(550)
  expect(await take('opening', { wanted: 1, at: 10 })).toEqual({ granted: 0, wait: 50 })
  // The vendor's window begins anew.
  expect(await granted('opening', { wanted: 1, at: 60 })).toBe(1)
})

test('plans, bulk and background reads stop while less than half of the vendor’s limit is left', async () => {
  await take('denial', { wanted: 0, seen: minute(299, 30) })
  for (const callClass of ['plan', 'bulk', 'background'] as const) {
    expect(await take(callClass, { wanted: 5, at: 10 })).toEqual({ granted: 0, wait: 20 })
  }
  expect(await granted('opening', { wanted: 5, at: 10 })).toBe(5)
  expect(await granted('plan', { wanted: 5, at: 31 })).toBe(5)
})

test('of the limits that a vendor has, the one of which least is left counts until it begins anew', async () => {
  await take('denial', { wanted: 0, seen: minute(200, 30) })
  await take('denial', { wanted: 0, at: 1, seen: { ...minute(45), limit: 50 } })
  expect(await granted('bulk', { wanted: 5, at: 2 })).toBe(0)
  await take('denial', { wanted: 0, at: 31, seen: { ...minute(45), limit: 50 } })
  expect(await granted('bulk', { wanted: 5, at: 32 })).toBe(1)
})

test('background reads take at most a quarter of a window, whatever else there is', async () => {
  await take('denial', { wanted: 0, seen: minute(600) })
  const [row] = await sql<{ reads: number }[]>`
    select sum(t.granted)::int as reads from generate_series(0, 595, 5) s,
      lateral hub.take_calls('okta', 'background', 60, at => ${start}::timestamptz + make_interval(secs => s)) t`
  expect(row?.reads).toBeGreaterThan((600 / 4) * 9)
  expect(row?.reads).toBeLessThanOrEqual((600 / 4) * 11)
})

test('a quarter that is less than one call is overdrawn once, and then left alone until that is made up', async () => {
  const seen = { limit: 2, left: 2, windowSeconds: 1, resetSeconds: 1, ageSeconds: 0 }
  expect(await granted('background', { wanted: 3, seen })).toBe(1)
  // The look cost three.
  expect(await granted('background', { wanted: 3, at: 2, made: [0, 0, 0, 0, 2] })).toBe(0)
  expect(await granted('background', { wanted: 3, at: 7 })).toBe(1)
})

test('a refusal that one process met stops all but denials in the others, until the vendor’s reset', async () => {
  expect(await granted('bulk', { wanted: 5 })).toBe(5)
  await take('denial', { wanted: 0, made: [1, 0, 0, 0, 0], seen: { emptiedSeconds: 20 } })
  expect(await take('bulk', { wanted: 5, at: 5 })).toEqual({ granted: 0, wait: 15 })
  expect(await granted('opening', { wanted: 5, at: 19 })).toBe(0)
  expect(await granted('denial', { wanted: 5, at: 5 })).toBe(5)
  expect(await granted('bulk', { wanted: 5, at: 21 })).toBe(5)
})

test('the budgets of two processes are one: what the first made and met, the second knows', async () => {
  const open = () =>
    makeCallBudget({
      ...{ connector: 'okta', stated: 1000, clock: systemClock },
      takeCalls: (question) => takeCalls(sql, question),
    })
  const [first, second] = [open(), open()]
  expect(await second.take('bulk', 5)).toMatchObject({ granted: 5 })
  for (let calls = 0; calls < 2000; calls++) first.spend()
  await first.report()
  expect(await second.take('opening', 5)).toMatchObject({ granted: 0 })
  first.note({ url: 'https://okta.test/api/v1/users', status: 429, headers: { 'retry-after': '30' } })
  await first.report()
  const refused = await second.take('plan', 5)
  expect(refused.granted).toBe(0)
  expect(refused.waitSeconds).toBeGreaterThan(20)
  expect(await second.take('denial', 5)).toMatchObject({ granted: 5 })
})

test('where no limit is named, all is granted and nothing is written, but background reads keep to a small one', async () => {
  for (const callClass of ['denial', 'opening', 'plan', 'bulk'] as const) {
    expect(await granted(callClass, { wanted: 10_000 })).toBe(10_000)
  }
  expect(await sql`select 1 from hub.connector`).toHaveLength(0)
  expect(await granted('background', { wanted: 10_000 })).toBe(10)
  expect(await granted('background', { wanted: 10_000, at: 5 })).toBe(5)
})

test('a limit of which nothing was heard for an hour is forgotten', async () => {
  await take('denial', { wanted: 0, seen: minute(600) })
  expect(await granted('bulk', { wanted: 100, at: 3000 })).toBe(10)
  expect(await granted('bulk', { wanted: 100, at: 3700 })).toBe(100)
})

test('whoever asks, and in whatever order, no second grants more than the limit but to denials', async () => {
  await sql`select setseed(0.46)`
  const [row] = await sql<{ most: number; background: number; seconds: number }[]>`
    with granted as materialized (
      select asked.at, asked.class, t.granted from (
        select n, 1 + floor(random() * 5)::int as class, floor(random() * 30)::int as wanted, n * interval '17 ms' as at,
          array[floor(random() * 2)::int, 0, 0, 0, 0] as made
        from generate_series(1, 500) n offset 0
      ) asked, lateral hub.take_calls('okta', ('{denial,opening,plan,bulk,background}'::text[])[asked.class], asked.wanted,
        asked.made, 40, null, ${start}::timestamptz + asked.at) t
    ), by_second as (
      select date_trunc('second', ${start}::timestamptz + at) as second,
        coalesce(sum(granted) filter (where class > 1), 0) as others,
        coalesce(sum(granted) filter (where class = 5), 0) as background
      from granted group by 1
    )
    select max(others)::int as most, max(background)::int as background, count(*)::int as seconds from by_second`
  expect(row?.seconds).toBeGreaterThan(8)
  expect(row?.most).toBeLessThanOrEqual(40)
  expect(row?.most).toBeGreaterThan(20)
  expect(row?.background).toBeLessThanOrEqual(10)
})

test('lists what is left, and who waits', async () => {
  const question = { connector: 'okta', made: [0, 0, 0, 0, 0], stated: 5 }
  await takeCalls(sql, { ...question, callClass: 'opening', wanted: 5, seen: { ...minute(600), emptiedSeconds: 9 } })
  await takeCalls(sql, { ...question, callClass: 'bulk', wanted: 5, seen: null })
  expect(await listCallBudgets(sql)).toEqual([
    {
      ...{ connector: 'okta', limit: 600, limitSeconds: 60, left: 600, stated: 5 },
      ...{ emptiedUntil: expect.stringMatching(/Z$/), waiting: ['opening', 'bulk'] },
    },
  ])
})

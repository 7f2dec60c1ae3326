import fc from 'fast-check'
import postgres from 'postgres'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { newEvent, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db

beforeEach(() => wipe(sql))

const count = async (table: string) => Number((await sql`select count(*) from ${sql(table)}`)[0]?.count)

describe('a delivery at the hub itself', () => {
  type Token = { person: string | null; revoked?: boolean; expired?: boolean }

  const addTokens = (tokens: readonly Token[]) => sql`
    insert into hub.token (id, hash, name, owner, role, source, authority_id, made_by, made_at, expires_at, revoked_at,
      revoked_by)
    select 'tok_' || n, lpad(n::text, 64, '0'), 'a token', 'ann', 'viewer', case when person is not null then 'okta' end,
      person, 'ann', now() - interval '2 hours', now() + case when expired then interval '-1 hour' else interval '1 hour' end,
      case when revoked then now() end, case when revoked then 'ann' end
    from jsonb_to_recordset(${JSON.stringify(tokens.map((token, n) => ({ n, ...token })))}::text::jsonb)
      as t (n integer, person text, revoked boolean, expired boolean)`

  const about = (person: string) => {
    const { deliveries, ...event } = newEvent({ person })
    return { ...event, deliveries: [...deliveries, ...newEvent({ person, connector: 'hub' }).deliveries] }
  }

  test('is written with its lane for people who have a token that is good, in the one statement, and for nobody else', async () => {
    await sql`truncate hub.token`
    await addTokens([
      { person: '00u1' },
      { person: '00u1', revoked: true },
      { person: '00u2', revoked: true },
      { person: '00u3', expired: true },
      { person: null },
    ])
    const requests = [[about('00u1'), about('00u2')], [about('00u3'), about('00u4')], [about('00u1')]]
    const [first, second, third] = await ingest(sql, requests)
    expect([first?.ownLanes, second?.ownLanes, third?.ownLanes]).toEqual([['hub/okta/00u1'], [], ['hub/okta/00u1']])
    expect([first?.recorded, second?.recorded, third?.recorded]).toEqual([2, 2, 1])
    const lanes = await sql`select key, next_at <= now() as due, deny_next_at <= now() as denies from hub.lane
      where connector = 'hub'`
    expect(lanes).toEqual([{ key: 'hub/okta/00u1', due: true, denies: true }])
    const own = await sql`select lane, count(*)::int as count from hub.delivery where connector = 'hub' group by 1`
    expect(own).toEqual([{ lane: 'hub/okta/00u1', count: 2 }])
    expect(await count('hub.delivery')).toBe(5 + 2)
    expect(await count('hub.lane')).toBe(4 + 1)
  })

  test('is written for people who have a session that is open, and not for those whose session is over', async () => {
    await sql`truncate hub.token`
    const sessions = [
      { person: '00u1' },
      { person: '00u2', ended: true },
      { person: '00u3', expired: true },
      { person: null },
    ]
    await sql`
      insert into hub.session (id, hash, way, account, source, authority_id, role, idle_seconds, made_at, expires_at,
        ended_at, ended_by)
      select 'ses_' || n, lpad(n::text, 64, '0'), 'link', 'ann', case when person is not null then 'okta' end, person,
        'viewer', 600, now() - interval '2 hours', now() + make_interval(hours => case when expired then -1 else 1 end),
        case when ended then now() end, case when ended then 'ann' end
      from jsonb_to_recordset(${JSON.stringify(sessions.map((one, n) => ({ n, ...one })))}::text::jsonb)
        as t (n integer, person text, ended boolean, expired boolean)`
    const [done] = await ingest(sql, [['00u1', '00u2', '00u3', '00u4'].map(about)])
    await sql`truncate hub.session`
    expect(done).toMatchObject({ recorded: 4, ownLanes: ['hub/okta/00u1'] })
    expect(await sql`select lane from hub.delivery where connector = 'hub'`).toEqual([{ lane: 'hub/okta/00u1' }])
  })

  test('is none when all of a batch is of people without a token, though nothing else is delivered', async () => {
    await sql`truncate hub.token`
    const event = newEvent({ connector: 'hub' })
    expect(await ingest(sql, [[event]])).toEqual([{ recorded: 1, duplicates: 0, ids: [event.id], ownLanes: [] }])
    expect([await count('hub.lane'), await count('hub.delivery'), await count('hub.event')]).toEqual([0, 0, 1])
  })
})

describe('deduplication', () => {
  test('records an event once for ever by its source and external id, whichever request brings it', async () => {
    const first = await ingest(sql, [[newEvent({ externalId: 'a' })]])
    const other = postgres({ ...db.connection, max: 1, onnotice: () => {} })
    const again = await ingest(other, [[newEvent({ externalId: 'a' }), newEvent({ externalId: 'b' })]])
    await other.end()
    expect(first).toMatchObject([{ recorded: 1, duplicates: 0 }])
    expect(again).toMatchObject([{ recorded: 1, duplicates: 1 }])
    expect([await count('hub.event'), await count('hub.delivery')]).toEqual([2, 2])
  })

  test('outlives the pruning of the event itself', async () => {
    await ingest(sql, [[newEvent({ externalId: 'a' })]])
    await sql`delete from hub.delivery`
    await sql`delete from hub.event`
    expect(await ingest(sql, [[newEvent({ externalId: 'a' })]])).toMatchObject([{ recorded: 0, duplicates: 1 }])
    expect([await count('hub.event'), await count('hub.delivery')]).toEqual([0, 0])
  })

  test('keeps no key of an event that goes by the hub’s own id, for that comes once only', async () => {
    const event = newEvent()
    const keyless = { ...event, externalId: event.id }
    expect(
      await ingest(sql, [[keyless, newEvent({ externalId: 'a' })], [newEvent({ externalId: 'a' })]]),
    ).toMatchObject([
      { recorded: 2, duplicates: 0 },
      { recorded: 0, duplicates: 1 },
    ])
    expect([await count('hub.event_key'), await count('hub.event'), await count('hub.delivery')]).toEqual([1, 2, 2])
  })

  test('takes the same external id of another source for another event', async () => {
    await ingest(sql, [[newEvent({ externalId: 'a' }), newEvent({ externalId: 'a', source: 'okta_eu' })]])
    expect(await count('hub.event')).toBe(2)
  })

  test('takes a lane, a person and an event twice in one batch', async () => {
    const twice = [newEvent({ externalId: 'a' }), newEvent({ externalId: 'a' }), newEvent({ externalId: 'b' })]
    expect(await ingest(sql, [twice, [newEvent({ externalId: 'b' })]])).toMatchObject([
      { recorded: 2, duplicates: 1 },
      { recorded: 0, duplicates: 1 },
    ])
    expect([await count('hub.person'), await count('hub.lane'), await count('hub.delivery')]).toEqual([1, 1, 2])
  })

  test('keeps one row for each key and one delivery for each row, whatever batches race', async () => {
    const request = fc.array(fc.record({ key: fc.nat(12), person: fc.nat(4) }), { minLength: 1, maxLength: 6 })
    const batch = fc.array(request, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches) => {
        await wipe(sql)
        const results = await Promise.all(
          batches.map((requests) =>
            ingest(
              sql,
              requests.map((keys) =>
                keys.map(({ key, person }) => newEvent({ externalId: `k${key}`, person: `00u${person}` })),
              ),
            ),
          ),
        )
        const keys = new Set(batches.flat(2).map(({ key }) => key))
        const recorded = results.flat().reduce((sum, result) => sum + result.recorded, 0)
        const rows = await sql`
          select count(distinct (e.source, e.external_id)) as keys, count(distinct e.id) as events, count(d.id) as deliveries
          from hub.event e join hub.delivery d on d.event_id = e.id`
        expect(recorded).toBe(keys.size)
        expect(rows[0]).toEqual({ keys: `${keys.size}`, events: `${keys.size}`, deliveries: `${keys.size}` })
        expect(await count('hub.delivery')).toBe(keys.size)
      }),
      { numRuns: 25 },
    )
  })
})

describe('a body that PostgreSQL refuses', () => {
  const deep = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)

  test.each([
    ['a NUL', { text: 'a\u0000b' }],
    ['half a surrogate pair', { text: 'a\ud83db' }],
    ['both, in a name', { '\u0000\udc00': 1 }],
  ])('is kept as bytes, and its batch mates as they are: %s', async (_, data) => {
    const odd = newEvent({ externalId: 'odd', person: '00odd', data })
    const mates = ['m1', 'm2'].map((externalId) => newEvent({ externalId, person: externalId, data: { fine: true } }))
    const [m1, m2] = mates
    if (!m1 || !m2) throw new Error('no mates')
    expect(await ingest(sql, [[m1], [odd], [m2]])).toMatchObject(Array(3).fill({ recorded: 1, duplicates: 0 }))
    const rows = await sql`select external_id, data, convert_from(raw, 'UTF8') as raw from hub.event order by 1`
    expect([...rows]).toEqual([
      { external_id: 'm1', data: { fine: true }, raw: null },
      { external_id: 'm2', data: { fine: true }, raw: null },
      { external_id: 'odd', data: null, raw: JSON.stringify(data) },
    ])
    expect(await count('hub.delivery')).toBe(3)
  })

  test.each([5_000, 20_000, 400_000])('is kept as bytes when it is nested %i levels deep', async (levels) => {
    const mate = newEvent({ externalId: 'mate' })
    const odd = newEvent({ externalId: 'odd', data: deep(levels) })
    expect(await ingest(sql, [[mate], [odd]])).toMatchObject(Array(2).fill({ recorded: 1, duplicates: 0 }))
    const [row] = await sql`select coalesce(length(raw), length(data::text)) as length from hub.event
      where external_id = 'odd'`
    expect(row?.length).toBe(levels * 2)
  })

  test.each([900, 5_000, 20_000])(
    'reaches its handler, or is kept as bytes, when it is nested %i levels deep',
    async (levels) => {
      await ingest(sql, [[newEvent({ kind: 'on', data: deep(levels) })]])
      const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
      const [row] = await sql`select raw is not null as as_bytes from hub.event`
      expect(lane?.deliveries.map(({ event }) => event.data)).toEqual([row?.as_bytes ? null : deep(levels)])
    },
  )

  test.each([['a\\u0000b'], ['\\ud83d'], ['\ud83d\ude00'], ['\u001e\u001f\u001d']])(
    'is not one that only looks like it: %j',
    async (text) => {
      await ingest(sql, [[newEvent({ data: { text } })]])
      const rows = await sql`select data, raw from hub.event`
      expect([...rows]).toEqual([{ data: { text }, raw: null }])
    },
  )

  test('is recorded at the time of its receipt when its own is none', async () => {
    const mate = newEvent({ externalId: 'mate' })
    const odd = newEvent({ externalId: 'odd', time: '0000-01-01T00:00:00.000Z' })
    expect(await ingest(sql, [[mate], [odd]])).toMatchObject(Array(2).fill({ recorded: 1, duplicates: 0 }))
    const [row] = await sql`select time = received_at as same from hub.event where external_id = 'odd'`
    expect(row?.same).toBe(true)
  })
})

test('a body is kept as it was written', async () => {
  const data = { b: 1, a: [1.5, 'ä \u2028 " \\\\ / \n', { z: null, y: true }], '': {} }
  await ingest(sql, [[newEvent({ data })]])
  const [row] = await sql`select data::text as text from hub.event`
  expect(row?.text).toBe(JSON.stringify(data))
})

describe('the order of locks', () => {
  const untilSomebodyWaits = () =>
    vi.waitFor(async () => {
      const rows = await sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      expect(rows).toHaveLength(1)
    }, 10_000)

  test('lets eight writers of shared lanes pass without a deadlock', async () => {
    const [{ datname } = {}] = await sql`select current_database() as datname`
    const deadlocks = async () =>
      Number((await sql`select deadlocks from pg_stat_database where datname = ${String(datname)}`)[0]?.deadlocks)
    const before = await deadlocks()
    const pool = postgres({ ...db.connection, max: 8, onnotice: () => {} })
    const shuffledLanes = () => Array.from({ length: 20 }, () => `00u${Math.floor(Math.random() * 200)}`)
    const writer = async () => {
      for (let i = 0; i < 40; i++) await ingest(pool, [shuffledLanes().map((person) => newEvent({ person }))])
    }
    await Promise.all(Array.from({ length: 8 }, writer))
    // A session reports its figures when it ends.
    await pool.end()
    expect(await deadlocks()).toBe(before)
    expect(await count('hub.delivery')).toBe(8 * 40 * 20)
  })

  test('waits for a person without a lane, and for a lane without an event key', async () => {
    // In a wrong order the two below would wait for each other, and this test for ever.
    const patience = { lock_timeout: 1000 }
    const pool = postgres({ ...db.connection, max: 3, onnotice: () => {}, connection: patience })
    const event = newEvent({ externalId: 'same', person: '00held' })
    const other = newEvent({ externalId: 'same', person: '00free' })
    await ingest(sql, [[newEvent({ person: '00held' })]])
    let waiting: Promise<unknown> = Promise.resolve()
    await pool.begin(async (tx) => {
      await tx`select 1 from hub.lane for update`
      waiting = ingest(sql, [[event]])
      await untilSomebodyWaits()
      expect(await ingest(pool, [[other]])).toMatchObject([{ recorded: 1, duplicates: 0 }])
    })
    expect(await waiting).toMatchObject([{ recorded: 0, duplicates: 1 }])

    await sql`delete from hub.person`
    await pool.begin(async (tx) => {
      await tx`insert into hub.person (id, source, authority_id) select ${event.person?.id ?? ''}, 'okta', '00held'`
      waiting = ingest(sql, [[newEvent({ person: '00held' })]])
      await untilSomebodyWaits()
      await sql`select 1 from hub.lane for update nowait`
    })
    expect(await waiting).toMatchObject([{ recorded: 1, duplicates: 0 }])
    await pool.end()
  })

  test('asks the authority of a lane though another delivery of the same lane asks no authority', async () => {
    const sync = newEvent({ kind: 'sync' })
    const edge = newEvent({ kind: 'on' })
    await ingest(sql, [[{ ...sync, deliveries: [...sync.deliveries, ...newEvent({ kind: 'on' }).deliveries] }]])
    await ingest(sql, [[edge]])
    expect([...(await sql`select authority from hub.lane`)]).toEqual([{ authority: 'okta' }])
  })
})

test('the lane table leaves room in its pages and is vacuumed early', async () => {
  const [row] = await sql`select reloptions from pg_class where oid = 'hub.lane'::regclass`
  expect(row?.reloptions).toEqual(
    expect.arrayContaining(['fillfactor=60', 'autovacuum_vacuum_scale_factor=0.02', 'autovacuum_vacuum_threshold=200']),
  )
})

import { beforeEach, describe, expect, test } from 'vitest'
import type { PlannedRow } from '../../../src/core/batch.ts'
import { makeCallBudget } from '../../../src/core/call-budget.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import { type BatchPolicy, defaultBatchPolicy } from '../../../src/core/policy.ts'
import type { Installed } from '../../../src/host/installed.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { defaultBatchTiming, makeBatchWork } from '../../../src/operate/batches/batch-work.ts'
import { applyBatch, cancelBatch, pauseBatch, resumeBatch } from '../../../src/operate/batches/order-batch.ts'
import { planBatch } from '../../../src/operate/batches/plan-batch.ts'
import { readBatchWish } from '../../../src/operate/batches/read-batch-wish.ts'
import { makePulse } from '../../../src/outbound/pulse.ts'
import { makeToken } from '../../../src/signin/make-token.ts'
import { revokeToken } from '../../../src/signin/revoke-token.ts'
import { admin } from '../../support/api.ts'
import { makeStubActs } from '../../support/batches.ts'
import { newEvent, personIdOf, wipe, wipeAudit } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const note = { ...operator(), reason: 'mended' }
/** One person at the command line is enough, unless a test says otherwise. */
const alone = { ...defaultBatchPolicy, fourEyesPeople: 0 }

let plan: PlannedRow
let alerts: string[]
let wakes: number

beforeEach(async () => {
  await wipe(sql)
  await wipeAudit(sql)
  await sql`truncate hub.hold, hub.brake_order cascade`
  plan = { plan: 'would_change', code: null, changes: [], planHash: 'a' }
  alerts = []
  wakes = 0
})

function makeWork(
  policy: BatchPolicy = alone,
  clock = systemClock,
  onPlan: () => void | Promise<void> = () => {},
  installed: readonly Installed[] = [],
) {
  return makeBatchWork({
    ...{ journal, installed, policy, clock, log: silentLog },
    acts: makeStubActs(async () => {
      await onPlan()
      return plan
    }),
    raiseAlert: async ({ type }) => void alerts.push(type),
    wakeDrain: () => void wakes++,
    timing: {
      ...defaultBatchTiming,
      yieldsAtMost: 0,
      renewSeconds: 0.02,
      ...(installed.length > 0 ? { turnSeconds: 0.1, yieldSeconds: 0.05 } : {}),
    },
  })
}

async function addFailed(count: number): Promise<void> {
  await ingest(sql, [Array.from({ length: count }, (_, i) => newEvent({ person: `00u${i}`, kind: 'sync' }))])
  await sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null`
  await sql`update hub.lane set next_at = null, deny_next_at = null`
}

const freeze = () =>
  planBatch(
    { journal, clock: systemClock },
    { note, name: 'failed', of: { act: 'replay', filter: { status: 'failed' } } },
  )

async function makePlanned(count: number): Promise<{ id: string; planHash: string }> {
  await addFailed(count)
  const { id } = await freeze()
  while (await makeWork().runTurn(id));
  const { planHash } = await read(id)
  return { id, planHash: planHash ?? '' }
}

const apply = (id: string, planHash: string, more: object = {}) =>
  applyBatch({ journal, policy: alone }, { ...note, eyes: 'override', id, planHash, pace: 1000, ...more })

async function read(id: string) {
  const batch = await journal.batches.readBatch(id)
  if (!batch) throw new Error(`${id} is not there`)
  return batch
}

const readLease = async () => {
  const [row] = await sql`select extract(epoch from lease_until)::float8 as at from hub.batch`
  return Number(row?.at)
}

const due = async () => (await sql`select 1 from hub.delivery where status = 'pending'`).length

describe('a batch', () => {
  test('is made of what its filter finds then: what comes to fit later is not in it', async () => {
    await addFailed(3)
    const { id, count } = await freeze()
    await addFailed(2)
    await makeWork().runTurn(id)
    expect([count, (await journal.batches.listBatchRows(id, { after: 0, limit: 10 })).length]).toEqual([3, 3])
    expect((await read(id)).sums.would_change).toBe(3)
  })

  test('is not made of nothing, nor without a filter', async () => {
    await expect(freeze()).rejects.toMatchObject({ code: 'empty_batch' })
    const everything = planBatch(
      { journal, clock: systemClock },
      { note, name: 'all', of: { act: 'replay', filter: {} } },
    )
    await expect(everything).rejects.toMatchObject({ code: 'empty_filter' })
    expect(await journal.batches.listBatches({ limit: 10 })).toEqual([])
  })

  test('carries out what is planned as it was, wakes who works on it, and records each with the hash of the plan', async () => {
    const { id, planHash } = await makePlanned(5)
    await apply(id, planHash)
    expect(wakes).toBe(0)
    await makeWork().runTurn()
    expect(await read(id)).toMatchObject({ state: 'done', done: { carriedOut: 5, cameBack: 0, leftAlone: 0 } })
    expect([await due(), wakes > 0]).toEqual([5, true])
    const rows = await sql`select act, plan_hash as hash from hub.audit where act in ('replay', 'batch.apply')`
    expect(rows.length).toBeGreaterThanOrEqual(2)
    expect(new Set(rows.map(({ hash }) => hash))).toEqual(new Set([planHash]))
  })

  test('leaves as it is what is planned otherwise now, and a new batch can be made of that', async () => {
    const { id, planHash } = await makePlanned(3)
    await apply(id, planHash)
    plan = { ...plan, planHash: 'b' }
    await makeWork().runTurn()
    expect(await read(id)).toMatchObject({ state: 'done', done: { carriedOut: 0, cameBack: 3 } })
    expect(await due()).toBe(0)
    const again = await planBatch(
      { journal, clock: systemClock },
      { note, name: 'again', of: { act: 'replay', cameBackFrom: id } },
    )
    expect(again.count).toBe(3)
  })

  test('does not carry out a row whose plan was older than an hour when it was applied', async () => {
    const { id, planHash } = await makePlanned(2)
    await sql`update hub.batch_row set planned_at = now() - interval '61 minutes' where batch = ${id} and ordinal = 1`
    await apply(id, planHash)
    await makeWork().runTurn()
    expect((await read(id)).done).toEqual({ carriedOut: 1, cameBack: 1, leftAlone: 0 })
    expect((await journal.batches.listBatchRows(id, { result: 'stale', after: 0, limit: 9 })).length).toBe(1)
  })

  test('is applied by the hash of its plan, once, while it has not expired', async () => {
    const { id, planHash } = await makePlanned(1)
    await expect(apply(id, 'f'.repeat(64))).rejects.toMatchObject({ code: 'other_plan' })
    await expect(apply(id, planHash, { reason: ' ' })).rejects.toThrow('reason')
    await sql`update hub.batch set expires_at = now()`
    await expect(apply(id, planHash)).rejects.toThrow('expired')
    await makeWork().runTurn()
    expect((await read(id)).state).toBe('expired')
    expect(await due()).toBe(0)
  })

  test('goes on where a killed process was, with nothing done twice and nothing left out', async () => {
    const { id, planHash } = await makePlanned(9)
    await apply(id, planHash)
    const killed = await journal.batches.takeBatchTurn({ leaseSeconds: 60, frozen: false })
    if (!killed) throw new Error('There is no turn')
    const some = await journal.batches.listOpenRows(killed, { limit: 4 })
    const carrying = { rows: some.map(({ ordinal }) => ({ ordinal, ...plan })), operator: operator(), leaseSeconds: 60 }
    expect(await journal.batches.carryOut(killed, carrying)).toBe(true)
    // Its lease still stands: nobody else takes the batch.
    expect(await makeWork().runTurn()).toBe(false)
    await sql`update hub.batch set lease_until = now()`
    await makeWork().runTurn()
    // What was taken for dead comes back, and carries out nothing any more.
    expect(await journal.batches.carryOut(killed, carrying)).toBe(false)
    expect((await read(id)).done).toEqual({ carriedOut: 9, cameBack: 0, leftAlone: 0 })
    const replayed = await sql`select unnest(targets) as target from hub.audit where act = 'replay'`
    const ids = replayed.map(({ target }) => String(target)).filter((target) => target.startsWith('dlv_'))
    expect([ids.length, new Set(ids).size]).toEqual([9, 9])
  })

  test('belongs to one process for as long as that plans its rows, however short the lease is', async () => {
    await addFailed(1)
    await freeze()
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    const slow = makeWork(alone, systemClock, async () => {
      ask()
      await answered
    })
    const turn = slow.runTurn()
    await asked
    const first = await readLease()
    await expect.poll(readLease, { interval: 20 }).toBeGreaterThan(first)
    expect(await makeWork().runTurn()).toBe(false)
    answer()
    expect(await turn).toBe(true)
    expect(await sql`select 1 from hub.batch where lease_until is not null`).toHaveLength(0)
  })

  test('goes by its pace for each person at a connector, however many deliveries of theirs it has', async () => {
    await ingest(sql, [Array.from({ length: 90 }, () => newEvent({ kind: 'sync' }))])
    await sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null`
    const { id } = await freeze()
    while (await makeWork().runTurn(id));
    await apply(id, (await read(id)).planHash ?? '', { pace: 1 })
    await makeWork().runTurn()
    expect(await read(id)).toMatchObject({ count: 90, people: 1, state: 'done', done: { carriedOut: 90 } })
  }, 30_000)

  test('makes nothing due while a vendor has nothing left, and goes on when it has', async () => {
    const { id, planHash } = await makePlanned(30)
    await apply(id, planHash)
    const { takeCalls } = journal.queue
    /** As each process has it. */
    const makePaced = () => {
      const budget = makeCallBudget({ connector: 'auth0', stated: 1000, takeCalls, clock: systemClock })
      const auth0 = { id: 'auth0', connector: { id: 'auth0' }, budget, pulse: makePulse({ clock: systemClock }) }
      return makeWork(alone, systemClock, () => {}, [auth0 as unknown as Installed])
    }
    const refusal = { connector: 'auth0', made: [0, 0, 0, 0, 0], stated: 1000, seen: { emptiedSeconds: 60 } }
    await takeCalls({ ...refusal, callClass: 'denial', wanted: 0 })
    expect(await makePaced().runTurn()).toBe(true)
    expect([await due(), (await read(id)).state]).toEqual([0, 'applying'])
    await sql`update hub.connector set emptied_until = null`
    while (await makePaced().runTurn());
    expect((await read(id)).done.carriedOut).toBe(30)
  })

  test('is paused and goes on, and is cancelled for good', async () => {
    const { id, planHash } = await makePlanned(2)
    await apply(id, planHash)
    const order = { ...note, id }
    const needs = { journal, policy: alone }
    await pauseBatch(needs, order)
    expect(await makeWork().runTurn()).toBe(false)
    await expect(pauseBatch(needs, order)).rejects.toMatchObject({ code: 'wrong_state' })
    await resumeBatch(needs, order)
    await cancelBatch(needs, order)
    expect(await makeWork().runTurn()).toBe(false)
    await expect(resumeBatch(needs, order)).rejects.toMatchObject({ code: 'wrong_state' })
    await expect(cancelBatch(needs, { ...order, id: 'bat_1' })).rejects.toMatchObject({ code: 'unknown_batch' })
    expect([(await read(id)).state, await due()]).toEqual(['cancelled', 0])
  })

  test('waits for its time, and carries nothing out in a freeze', async () => {
    const { id, planHash } = await makePlanned(1)
    await apply(id, planHash, { startAt: new Date(Date.now() + 3_600_000).toISOString() })
    expect(await makeWork().runTurn()).toBe(false)
    await sql`update hub.batch set start_at = now()`
    const always = [{ every: 'once', zone: 'UTC', fromDay: '2000-01-01', toDay: '9999-12-31' }] as const
    expect(await makeWork({ ...alone, freeze: always }).runTurn()).toBe(false)
    await makeWork().runTurn()
    const [row] = await sql`select way from hub.audit where act = 'replay'`
    expect([(await read(id)).state, row?.way]).toEqual(['done', 'schedule'])
  })

  test('carries nothing out in a freeze that began while its rows were read anew', async () => {
    const { id, planHash } = await makePlanned(1)
    await apply(id, planHash)
    let now = new Date('2026-12-19T23:59:59Z')
    const freeze = [{ every: 'once', zone: 'UTC', fromDay: '2026-12-20', toDay: '2026-12-20' }] as const
    const work = makeWork({ ...alone, freeze }, { now: () => now }, () => {
      now = new Date('2026-12-20T00:00:00Z')
    })
    await work.runTurn()
    expect([await due(), (await read(id)).state]).toEqual([0, 'applying'])
    now = new Date('2026-12-21T00:00:00Z')
    await makeWork({ ...alone, freeze }, { now: () => now }).runTurn()
    expect([await due(), (await read(id)).state]).toEqual([1, 'done'])
  })

  test('is applied by nobody who has left: not as the first of two, and not at a later time', async () => {
    const policy = { fourEyesPeople: 1 }
    const as = (person: string) => ({
      ...operator(),
      by: person,
      account: personIdOf('okta', person),
      reason: 'mended',
    })
    const deny = (person: string | null) =>
      sql`update hub.person set denied_at = case when authority_id = ${person} then now() end`
    const { id, planHash } = await makePlanned(3)
    const order = { eyes: 'person', id, planHash } as const
    await applyBatch({ journal, policy }, { ...as('00u0'), ...order })
    await deny('00u0')
    await applyBatch({ journal, policy }, { ...as('00u1'), ...order })
    expect(await read(id)).toMatchObject({ approvedAt: null, appliedBy: { by: '00u1' }, secondedBy: null })
    const startAt = new Date(Date.now() + 3_600_000).toISOString()
    await applyBatch({ journal, policy }, { ...as('00u2'), ...order, startAt })
    await makeWork().runTurn()
    expect(await read(id)).toMatchObject({ state: 'waiting', approvedAt: expect.any(String) })
    await deny('00u2')
    await makeWork().runTurn()
    expect([(await read(id)).state, await due()]).toEqual(['expired', 0])
    const onRecord = await sql`select actor, facts from hub.audit where act = 'expired' and ${id} = any(targets)`
    expect(onRecord).toEqual([{ actor: 'hub', facts: { why: 'applier_left' } }])

    const wish = {
      name: 'robot',
      owner: 'ops@acme.com',
      role: 'operator',
      days: 1,
      person: null,
      reason: null,
    } as const
    const { token } = await makeToken({ journal, clock: systemClock }, admin, wish)
    const robot = { ...operator(), by: token.name, account: token.id, reason: 'nightly' }
    const other = await makePlanned(1)
    await applyBatch({ journal, policy: alone }, { ...robot, ...other, eyes: 'nobody', startAt })
    await makeWork().runTurn()
    expect((await read(other.id)).state).toBe('waiting')
    await revokeToken(journal, admin, { id: token.id, reason: null })
    await makeWork().runTurn()
    expect((await read(other.id)).state).toBe('expired')
  })

  test('is of the set that was meant, or of none: what its act does not look at is refused', async () => {
    const filter = { connector: 'auth0' }
    for (const ask of [
      { act: 'release', filter: { ...filter, direction: 'deny' } },
      { act: 'cancel', filter: { ...filter, direction: 'allow' } },
      { act: 'replay', filter: { ...filter, direction: 'deny' } },
      { act: 'replay', filter, terms: { until: '2030-01-01T00:00:00Z' } },
      { act: 'replay', again: 'bat_1', filter },
      { act: 'release', again: 'bat_1', filter: { direction: 'deny' } },
    ] as const) {
      expect(() => readBatchWish(ask)).toThrow('another set')
    }
    expect(() => readBatchWish({ act: 'release' })).toThrow('direction')
    const { id } = await makePlanned(1)
    const other = { note, name: 'again', of: readBatchWish({ act: 'cancel', again: id }) }
    await expect(planBatch({ journal, clock: systemClock }, other)).rejects.toThrow('another set')
  })

  test('of many people is begun when a second person applied the same plan, and an override is alerted', async () => {
    const policy = { fourEyesPeople: 1 }
    const ann = {
      by: 'Ann',
      account: 'ann',
      role: 'operator',
      way: 'console',
      reason: 'mended',
      eyes: 'person',
    } as const
    const { id, planHash } = await makePlanned(2)
    await expect(applyBatch({ journal, policy }, { ...ann, eyes: 'nobody', id, planHash })).rejects.toMatchObject({
      code: 'needs_two_people',
    })
    await applyBatch({ journal, policy }, { ...ann, id, planHash })
    expect(await makeWork().runTurn()).toBe(false)
    await expect(applyBatch({ journal, policy }, { ...ann, id, planHash })).rejects.toMatchObject({
      code: 'needs_two_people',
    })
    await applyBatch({ journal, policy }, { ...ann, by: 'Ben', account: 'ben', id, planHash })
    await makeWork().runTurn()
    expect([(await read(id)).state, alerts]).toEqual(['done', []])

    const other = await makePlanned(2)
    await applyBatch({ journal, policy }, { ...note, ...other, eyes: 'override' })
    await makeWork().runTurn()
    expect(await read(other.id)).toMatchObject({ state: 'done', overridden: true })
    expect(alerts).toEqual(['hub.alert.batch_override'])
  })

  test.each(['deny', 'allow'] as const)('releases people who are held, one by one, of %s alone', async (direction) => {
    const ids = await addHeld(direction)
    const of = { act: 'release', filter: { direction } } as const
    const { id } = await planBatch({ journal, clock: systemClock }, { note, name: 'released', of })
    await makeWork().runTurn()
    await apply(id, (await read(id)).planHash ?? '')
    await makeWork().runTurn()
    expect(await read(id)).toMatchObject({ state: 'done', people: 2, cancelsDenials: false, done: { carriedOut: 2 } })
    const held = await journal.orders.listHolds()
    expect(held.map(({ direction: way, order }) => [way, order?.kind])).toEqual([
      [direction === 'deny' ? 'allow' : 'deny', undefined],
      [direction, 'release'],
      [direction, 'release'],
    ])
    const orders = await sql`select targets, plan_hash as hash from hub.audit where act = 'release'`
    expect(orders.flatMap(({ targets }) => targets)).toEqual(expect.arrayContaining(ids))
    expect(orders.every(({ hash }) => hash !== null)).toBe(true)
  })

  test('that cancels lockouts is never applied by one person alone, however few they are about', async () => {
    await addHeld('deny')
    const of = { act: 'cancel', filter: { direction: 'deny' } } as const
    const { id } = await planBatch({ journal, clock: systemClock }, { note, name: 'a mistake', of })
    await makeWork().runTurn()
    const planHash = (await read(id)).planHash ?? ''
    await expect(apply(id, planHash, { eyes: 'nobody' })).rejects.toMatchObject({ code: 'needs_two_people' })
    await apply(id, planHash)
    await makeWork().runTurn()
    expect([(await read(id)).done.carriedOut, alerts]).toEqual([2, ['hub.alert.batch_override']])
    const statuses = await sql`select status from hub.delivery where hint = 'deny'`
    expect(statuses.map(({ status }) => status)).toEqual(['superseded', 'superseded'])
  })
})

/** Two people who are held in this direction, and one in the other. */
async function addHeld(direction: 'deny' | 'allow'): Promise<string[]> {
  const other = direction === 'deny' ? 'allow' : 'deny'
  const events = ([direction, direction, other] as const).map((hint, i) => newEvent({ person: `00u${i}`, hint }))
  await ingest(sql, [events])
  await sql`update hub.delivery set status = 'held', attempts = 1, next_attempt_at = null`
  await sql`update hub.lane set next_at = null, deny_next_at = null`
  await sql`insert into hub.hold (person, connector, direction, why)
    select person, connector, hint, 'brake' from hub.delivery`
  return events.slice(0, 2).flatMap(({ person }) => person?.id ?? [])
}

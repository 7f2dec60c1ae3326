import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Crowd, startCrowd } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { type HubOptions, oktaHook, startHub, type TestHub, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const hubs: TestHub[] = []
let crowd: Crowd

beforeEach(() => wipe(db.sql))
afterEach(async () => {
  crowd.auth0.calm()
  await Promise.all(hubs.splice(0).map((hub) => hub[Symbol.asyncDispose]()))
  await crowd.close()
})

/** A hub that only works when a slice is given to it. Mass changes are the brake's affair, not this file's. */
async function restingHub(options: Partial<HubOptions> = {}): Promise<TestHub> {
  const settings = { HUB_BRAKE_PEOPLE: '0' }
  const hub = await startHub({ db, tenants: crowd, settings, runs: false, ...options })
  hubs.push(hub)
  for (const one of hub.installed) await one.client()
  return hub
}

async function deactivate(hub: TestHub, ids: readonly string[]): Promise<void> {
  for (const id of ids) crowd.okta.users.transition(id, 'deactivate')
  const events = ids.map((userId) => userEvent({ type: 'user.lifecycle.deactivate', userId }))
  expect((await hub.post(oktaHook(events))).status).toBe(204)
}

const laneOf = (id: string) => `auth0/okta/${id}`
const lanesOf = (ids: readonly string[]) => ids.map(laneOf)
const patches = () => crowd.auth0.calls.filter(({ method }) => method === 'PATCH').length
const attempts = () => db.sql<{ n: number }[]>`select count(*)::int as n from hub.attempt`.then(([row]) => row?.n)
/** As a process would leave it that died with this lane in its hands. */
const hold = (id: string, seconds: number) => db.sql`
  update hub.lane set lease_until = now() + make_interval(secs => ${seconds}), epoch = epoch + 1 where key = ${laneOf(id)}`

describe('a slice of the drain', () => {
  test('works until nothing is due, and says that nothing waits', async () => {
    crowd = await startCrowd(12)
    const hub = await restingHub()
    await deactivate(hub, crowd.ids)
    expect(await hub.drain.work({ lanes: [], seconds: 20 })).toEqual({ worked: 12, secondsUntilDue: null })
    expect(crowd.locked()).toEqual(crowd.ids)
    expect(await hub.drain.work({ lanes: [], seconds: 20 })).toEqual({ worked: 0, secondsUntilDue: null })
  })

  test('works the named lanes before older ones', async () => {
    crowd = await startCrowd(6)
    const hub = await restingHub({ concurrency: 1 })
    const [last = '', ...others] = crowd.ids.toReversed()
    await deactivate(hub, others)
    await deactivate(hub, [last])
    await hub.drain.work({ lanes: [laneOf(last), 'auth0/okta/nobody'], seconds: 20 })
    const order = await db.sql<{ lane: string }[]>`
      select d.lane from hub.attempt a join hub.delivery d on d.id = a.delivery_id order by a.started_at`
    expect(order[0]?.lane).toBe(laneOf(last))
    expect(order).toHaveLength(6)
  })

  test('leaves a lane that another worker holds, and takes it when that worker died', async () => {
    crowd = await startCrowd(2)
    const hub = await restingHub()
    await deactivate(hub, crowd.ids)
    const [held = '', free = ''] = crowd.ids
    await hold(held, 0.5)
    expect(await hub.drain.work({ lanes: lanesOf(crowd.ids), seconds: 20 })).toMatchObject({ worked: 1 })
    expect(crowd.locked()).toEqual([free])
    await sleep(600)
    await hub.drain.work({ lanes: [laneOf(held)], seconds: 20 })
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('begins nothing after its time, ends what it began, and the next slice goes on', async () => {
    crowd = await startCrowd(10)
    const hub = await restingHub({ concurrency: 2 })
    await deactivate(hub, crowd.ids)
    crowd.auth0.misbehave({ method: 'PATCH', delayMs: 300 })
    const first = await hub.drain.work({ lanes: lanesOf(crowd.ids), seconds: 1 })
    expect(first.worked).toBeGreaterThan(0)
    expect(first.worked).toBeLessThan(10)
    expect(first.secondsUntilDue).toBe(0)
    expect(crowd.locked()).toHaveLength(first.worked)
    const leased = await db.sql`select key from hub.lane where lease_until is not null`
    expect(leased).toEqual([])
    crowd.auth0.calm()
    expect(await hub.drain.work({ lanes: [], seconds: 20 })).toEqual({
      worked: 10 - first.worked,
      secondsUntilDue: null,
    })
    expect(crowd.locked()).toEqual(crowd.ids)
    expect(patches()).toBe(10)
  })

  test('cut off by its signal, it returns at once, and the lane comes back by its lease in another process', async () => {
    crowd = await startCrowd(1)
    const timing = { leaseSeconds: 2, renewSeconds: 30, outboundSeconds: 20 }
    const [cut, other] = [await restingHub({ timing }), await restingHub({ timing })]
    await deactivate(cut, crowd.ids)
    crowd.okta.misbehave({ path: /users/, method: 'GET', delayMs: 5000, times: 1 })
    const controller = new AbortController()
    const working = cut.drain.work({ lanes: lanesOf(crowd.ids), seconds: 20, signal: controller.signal })
    await eventually(async () =>
      expect(await db.sql`select 1 from hub.lane where lease_until is not null`).toHaveLength(1),
    )
    controller.abort(new Error('The invocation is over.'))
    expect(await working).toEqual({ worked: 1, secondsUntilDue: 0 })
    // Okta has not answered yet: a call is listed when it was.
    expect(crowd.okta.calls.filter(({ path }) => path.includes(crowd.ids[0] ?? ''))).toEqual([])
    await eventually(async () => {
      await other.drain.work({ lanes: [], seconds: 5 })
      expect(crowd.locked()).toEqual(crowd.ids)
    })
  })

  test('of two hubs at once, each person is worked by one', async () => {
    crowd = await startCrowd(30)
    const both = [await restingHub(), await restingHub()]
    await deactivate(both[0] as TestHub, crowd.ids)
    const answers = await Promise.all(both.map(({ drain }) => drain.work({ lanes: lanesOf(crowd.ids), seconds: 20 })))
    expect(answers.reduce((sum, { worked }) => sum + worked, 0)).toBe(30)
    expect(crowd.locked()).toEqual(crowd.ids)
    expect(await attempts()).toBe(30)
    expect(patches()).toBe(30)
  })

  test('says when what failed is due again', async () => {
    crowd = await startCrowd(1)
    const hub = await restingHub({ timing: { schedule: { ...(await slowSchedule()) } } })
    await deactivate(hub, crowd.ids)
    crowd.auth0.misbehave({ method: 'PATCH', status: 503, times: 20 })
    const { worked, secondsUntilDue } = await hub.drain.work({ lanes: lanesOf(crowd.ids), seconds: 10 })
    expect(worked).toBe(1)
    expect(secondsUntilDue).toBeGreaterThan(2)
    expect(secondsUntilDue).toBeLessThanOrEqual(24)
  })

  test('probes a paused connector, and goes on with its lanes once it answers', async () => {
    crowd = await startCrowd(3)
    const hub = await restingHub({ timing: { probeSeconds: 0.1 } })
    await deactivate(hub, crowd.ids)
    await hub.journal.queue.pause({ id: 'auth0', reason: 'invalid_client', probeSeconds: 60 })
    expect(await hub.drain.work({ lanes: lanesOf(crowd.ids), seconds: 5 })).toEqual({
      worked: 0,
      secondsUntilDue: null,
    })
    await hub.journal.queue.makeProbesDue()
    expect(await hub.drain.work({ lanes: lanesOf(crowd.ids), seconds: 20 })).toMatchObject({ secondsUntilDue: null })
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('a journal that is gone ends it with an error', async () => {
    crowd = await startCrowd(1)
    const hub = await restingHub()
    await db.sql`alter table hub.lane rename to lane_away`
    await expect(hub.drain.work({ lanes: [laneOf('00u1')], seconds: 5 })).rejects.toThrow('hub.lane')
    await db.sql`alter table hub.lane_away rename to lane`
  })
})

describe('what a hook woke', () => {
  test('is told with its lanes once it is committed, and a repeated hook tells it again', async () => {
    crowd = await startCrowd(3)
    const woken: string[] = []
    const hub = await restingHub({ onWoken: (lanes) => void woken.push(...lanes) })
    const hook = oktaHook(crowd.ids.map((userId) => userEvent({ type: 'user.lifecycle.deactivate', userId })))
    await hub.post(hook)
    expect(woken.toSorted()).toEqual(lanesOf(crowd.ids))
    // Its first sender may have been cut off between the commit and the work.
    await hub.post(hook)
    expect(woken).toHaveLength(6)
  })
})

async function slowSchedule() {
  const { defaultSchedule } = await import('../../src/core/schedule.ts')
  return { ...defaultSchedule, waitsSeconds: defaultSchedule.waitsSeconds.map(() => 10) }
}

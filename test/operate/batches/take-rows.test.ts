import { expect, test } from 'vitest'
import { type CallClass, makeCallBudget } from '../../../src/core/call-budget.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { makeTakeRows } from '../../../src/operate/batches/take-rows.ts'

type Vendor = { id: string; left?: number; isAuthority?: boolean }

/** Vendors whose ledger has so many calls left; left out: as many as anybody wants. */
function bench(vendors: Vendor[]) {
  const taken: { id: string; callClass: CallClass; granted: number }[] = []
  const made: Record<string, number> = {}
  const installed = vendors.map(({ id, left = Number.POSITIVE_INFINITY, isAuthority = false }) => ({
    id,
    connector: { id, ...(isAuthority ? { read: async () => ({}) as never } : {}) },
    budget: makeCallBudget({
      connector: id,
      stated: 1000,
      clock: systemClock,
      takeCalls: async ({ callClass, wanted, made: told }) => {
        const granted = Math.min(wanted, left)
        taken.push({ id, callClass, granted })
        made[id] = (made[id] ?? 0) + told.reduce((sum, calls) => sum + calls, 0)
        return { granted, waitSeconds: granted === 0 ? 5 : 0, sliceSeconds: 0, isLimited: true }
      },
    }),
  }))
  const { signal } = new AbortController()
  const rows = makeTakeRows({ installed, signal, longestWaitSeconds: 0.01 })
  /** Plans rows whose plans call each vendor so often. */
  const plan = (count: number, calls: number) =>
    rows.watch(listRows(count), async () => {
      for (const { budget } of installed) for (let i = 0; i < count * calls; i++) budget.spend('plan')
    })
  return { rows, taken, made, plan }
}

const listRows = (count: number, { lane = (i: number) => `auth0/okta/${i}`, connector = 'auth0' } = {}) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ ordinal: i, subject: `dlv_${i}`, person: `per_${i}`, direction: null, target: null },
    ...{ lane: lane(i), connector },
  }))

test('takes the calls of plans at the connector and at every authority', async () => {
  const { rows, taken } = bench([{ id: 'okta', isAuthority: true }, { id: 'auth0' }, { id: 'slack' }])
  expect(await rows.take('plan', listRows(4))).toHaveLength(4)
  expect(taken).toEqual([
    { id: 'okta', callClass: 'plan', granted: 12 },
    { id: 'auth0', callClass: 'plan', granted: 12 },
  ])
})

test('a run that a batch makes due costs two plans at its connector, and one call where its plan calls nobody', async () => {
  const { rows, taken, plan } = bench([{ id: 'okta', isAuthority: true }, { id: 'auth0' }])
  await plan(10, 2)
  await rows.take('apply', listRows(5))
  expect(taken.map(({ callClass, granted }) => [callClass, granted])).toEqual([
    ['bulk', 10],
    ['bulk', 20],
  ])
  const free = bench([{ id: 'okta', isAuthority: true }, { id: 'auth0' }])
  await free.plan(10, 0)
  expect(await free.rows.take('plan', listRows(64))).toHaveLength(64)
  expect(free.taken).toEqual([])
  await free.rows.take('apply', listRows(5))
  expect(free.taken).toEqual([{ id: 'auth0', callClass: 'bulk', granted: 5 }])
})

test('so many rows begin as the scarcest vendor bears, and the others get back what is not used', async () => {
  const { rows, made } = bench([{ id: 'okta', isAuthority: true, left: 6 }, { id: 'auth0' }])
  expect((await rows.take('plan', listRows(8))).map(({ ordinal }) => ordinal)).toEqual([0, 1])
  await rows.take('plan', listRows(1))
  expect(made).toEqual({ okta: 0, auth0: -18 })
})

test('rows of one lane are taken together, and cost what one costs', async () => {
  const { rows, taken } = bench([{ id: 'auth0', left: 3 }])
  const lane = (i: number) => `auth0/okta/${i % 3}`
  expect((await rows.take('plan', listRows(9, { lane }))).map(({ ordinal }) => ordinal)).toEqual([0, 3, 6])
  await rows.take('plan', listRows(90, { lane: () => 'auth0/okta/1' }))
  expect(taken.map(({ granted }) => granted)).toEqual([3, 3])
})

test('where nothing is left, no row begins, and what others granted is given back', async () => {
  const { rows, made, taken } = bench([
    { id: 'okta', isAuthority: true },
    { id: 'auth0', left: 0 },
  ])
  expect(await rows.take('apply', listRows(8))).toEqual([])
  await rows.take('plan', listRows(1))
  expect(taken[0]).toMatchObject({ id: 'okta', granted: 24 })
  expect(made.okta).toBe(-24)
})

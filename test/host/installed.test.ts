import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { CredentialError, MissingRightError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { classify } from '../../src/core/outcome.ts'
import { install, type Outbound, withClient } from '../../src/host/installed.ts'
import { makePulse } from '../../src/outbound/pulse.ts'

const outbound: Outbound = {
  fetch,
  retry: (read) => read(),
  http: () => {
    throw new Error('no call is expected')
  },
  pulse: makePulse({ clock: systemClock }),
}

/** A connector whose every client has a number, and of which the first so many are refused. */
function connectorThatRefuses(refused: number, id = 'acme') {
  let made = 0
  const installed = install({ id, connector: { id, connect: () => ++made }, config: {} }, { outbound, log: silentLog })
  const work = async (client: unknown) => {
    if (Number(client) <= refused) throw new CredentialError(`client ${client} was refused`)
    return client
  }
  return { installed, work }
}

test('a refused client is made anew once, because its token may have been revoked early', async () => {
  const { installed, work } = connectorThatRefuses(1)
  expect(await withClient(installed, work)).toBe(2)
  expect(await withClient(installed, work)).toBe(2)
})

test('a fresh client that is refused too says whose credential it is', async () => {
  const { installed, work } = connectorThatRefuses(9)
  const refusal = await withClient(installed, work).catch((thrown: unknown) => thrown)
  expect(classify(refusal, 'somebody else')).toMatchObject({ kind: 'credential', connector: 'acme' })
})

test('a refusal by the authority in the middle of a plan is not held against the connector', async () => {
  const authority = connectorThatRefuses(9, 'okta')
  const target = connectorThatRefuses(0, 'auth0')
  const plan = () => withClient(target.installed, () => withClient(authority.installed, authority.work))
  const refusal = await plan().catch((thrown: unknown) => thrown)
  expect(classify(refusal, 'auth0')).toMatchObject({ kind: 'credential', connector: 'okta' })
  expect(await target.installed.client()).toBe(1)
})

test('a client that could not be made is made at the next call', async () => {
  let tries = 0
  const connect = () => {
    tries++
    if (tries === 1) throw new Error('no network yet')
    return 'client'
  }
  const installed = install(
    { id: 'acme', connector: { id: 'acme', connect }, config: {} },
    { outbound, log: silentLog },
  )
  await expect(installed.client()).rejects.toThrow('no network yet')
  expect(await installed.client()).toBe('client')
})

test('a client knows of which instance it is', async () => {
  const connector = { id: 'okta', connect: ({ id }: { id: string }) => id }
  const installed = install({ id: 'okta_eu', connector, config: {} }, { outbound, log: silentLog })
  expect(await installed.client()).toBe('okta_eu')
})

test('a call that does not come to an end is given up on, and told of when it has ended after all', async () => {
  const connector = { id: 'acme', connect: () => 'client' }
  const installed = install({ id: 'acme', connector, config: {} }, { outbound, log: silentLog, callSeconds: 0.05 })
  const endedLate = vi.fn()
  const hangs = withClient(installed, () => sleep(150), { endedLate })
  await expect(hangs).rejects.toThrow('acme did not come to an end within 0.05 s')
  expect(endedLate).not.toHaveBeenCalled()
  await vi.waitFor(() => expect(endedLate).toHaveBeenCalledOnce())
})

test('a call that ends in time is not told of', async () => {
  const connector = { id: 'acme', connect: () => 'client' }
  const installed = install({ id: 'acme', connector, config: {} }, { outbound, log: silentLog, callSeconds: 0.05 })
  const endedLate = vi.fn()
  expect(await withClient(installed, async () => 'done', { endedLate })).toBe('done')
  await sleep(80)
  expect(endedLate).not.toHaveBeenCalled()
})

test('a list of everybody may take its time', async () => {
  const connector = { id: 'acme', connect: () => 'client' }
  const installed = install({ id: 'acme', connector, config: {} }, { outbound, log: silentLog, callSeconds: 0.05 })
  expect(await withClient(installed, () => sleep(120, 'all'), { unlimited: true })).toBe('all')
})

/** A connector whose clients lack a right until the one with this number, at a clock that is set by hand. */
function connectorWithRightsFrom(first: number) {
  let made = 0
  let seconds = 0
  const clock = { now: () => new Date(seconds * 1000) }
  const parts = { outbound, log: silentLog, clock }
  const installed = install({ id: 'acme', connector: { id: 'acme', connect: () => ++made }, config: {} }, parts)
  const at = (time: number) => {
    seconds = time
  }
  const ask = () =>
    withClient(installed, async (client) => {
      if (Number(client) < first) throw new MissingRightError(`client ${client} lacks a right`)
      return client
    }).catch((thrown: unknown) => (thrown instanceof MissingRightError ? 'missing' : thrown))
  return { installed, ask, at, made: () => made }
}

test('a right that is granted after a client was made counts within minutes, at one new client in two minutes (case 14)', async () => {
  const { ask, at, made } = connectorWithRightsFrom(3)
  const asked: unknown[] = []
  for (const time of [0, 1, 18, 48, 108, 160, 170]) {
    at(time)
    asked.push([await ask(), made()])
  }
  expect(asked).toEqual([
    ['missing', 1],
    ['missing', 1],
    ['missing', 1],
    ['missing', 2],
    ['missing', 2],
    ['missing', 2],
    [3, 3],
  ])
})

test('a right that another connector lacks, asked within, makes no new client of this one (case 14)', async () => {
  const outer = connectorWithRightsFrom(1)
  const inner = connectorWithRightsFrom(9)
  await outer.ask()
  outer.at(1000)
  await withClient(outer.installed, () =>
    withClient(inner.installed, async () => {
      throw new MissingRightError('of the other one')
    }),
  ).catch(() => undefined)
  expect(outer.made()).toBe(1)
})

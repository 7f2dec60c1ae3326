import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { listConnectorOrders, resumeConnector } from '../../../src/journal/orders/connector-orders.ts'
import { claim, claimProbes } from '../../../src/journal/queue/claim.ts'
import { readSecondsUntilDue } from '../../../src/journal/queue/due-lanes.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { listConnectorStates, makeProbesDue, pause, resume, takeProbes } from '../../../src/journal/queue/pause.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

const keys = async (claiming: ReturnType<typeof claim>) => (await claiming).map(({ key }) => key).sort()
const claimAll = () => keys(claim(sql, { limit: 100, leaseSeconds: 30 }))
const probe = () => claimProbes(sql, { leaseSeconds: 30, probeSeconds: 60 })

const threePeople = () => ['00u1', '00u2', '00u3'].map((person) => newEvent({ person }))

test('no worker claims a paused connector, and no other connector waits for it', async () => {
  await ingest(sql, [[...threePeople(), newEvent({ person: '00u1', connector: 'relay', kind: 'on' })]])
  await pause(sql, { id: 'auth0', reason: 'invalid_client', probeSeconds: 60 })
  expect(await readSecondsUntilDue(sql, 5)).toBe(0)
  expect(await claimAll()).toEqual(['relay/okta/00u1'])
  // Nor does its due work keep a process awake.
  expect(await readSecondsUntilDue(sql, 5)).toBe(5)
})

test('a paused authority stops the lanes that ask it, and no others', async () => {
  await ingest(sql, [[...threePeople(), newEvent({ person: '00u9', source: 'okta_eu' })]])
  await pause(sql, { id: 'okta', reason: '401', probeSeconds: 60 })
  expect(await claimAll()).toEqual(['auth0/okta_eu/00u9'])
})

test('one lane probes when its time has come, whichever process asks, and the next a minute later', async () => {
  await ingest(sql, [threePeople()])
  await pause(sql, { id: 'auth0', reason: 'invalid_client', probeSeconds: 0.2 })
  expect(await probe()).toEqual([])
  await sleep(250)
  const [probes, others] = [await Promise.all([probe(), probe(), probe()]), await claimAll()]
  expect(probes.flat()).toMatchObject([{ probe: true, connector: 'auth0' }])
  expect(others).toEqual([])
  expect(await probe()).toEqual([])
})

test('resuming gives back every lane, says who was paused, and forgets the reason', async () => {
  await ingest(sql, [threePeople()])
  await pause(sql, { id: 'auth0', reason: 'first', probeSeconds: 60 })
  const [{ pausedSince } = { pausedSince: null }] = await listConnectorStates(sql)
  await pause(sql, { id: 'auth0', reason: 'second', probeSeconds: 60 })
  expect(await listConnectorStates(sql)).toMatchObject([{ id: 'auth0', pausedSince, reason: 'second' }])
  expect(await resume(sql, ['okta', 'auth0'])).toEqual(['auth0'])
  expect(await resume(sql, ['okta', 'auth0'])).toEqual([])
  expect(await listConnectorStates(sql)).toMatchObject([{ pausedSince: null, pausedUntil: null, reason: null }])
  expect(await claimAll()).toHaveLength(3)
})

test('a pause uses nothing up: what waited is as it was', async () => {
  await ingest(sql, [[newEvent()]])
  const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
  if (!lane) throw new Error('a lane')
  await pause(sql, { id: 'auth0', reason: 'invalid_client', probeSeconds: 60 })
  await settle(sql, settlementOf(lane, { each: { status: 'pending', waitSeconds: 0, attempts: 0 } }))
  expect(await claimAll()).toEqual([])
  await resume(sql, ['auth0'])
  const [back] = await claim(sql, { limit: 1, leaseSeconds: 30 })
  expect(back?.deliveries).toMatchObject([{ attempts: 0, due: true, status: 'pending' }])
})

describe('a paused connector', () => {
  const until = async () => (await sql`select paused_until::text as at from hub.connector where id = 'auth0'`)[0]?.at

  test('for which nothing is due that asks its vendor keeps its time to probe, so that what comes next is the probe', async () => {
    await pause(sql, { id: 'auth0', reason: 'invalid_client', probeSeconds: 0 })
    const before = await until()
    expect(await probe()).toEqual([])
    await ingest(sql, [[newEvent()]])
    // A grant that nobody has begun is late by now, and would ask nobody.
    await sql`update hub.delivery set kind = 'provision'`
    expect(await probe()).toEqual([])
    expect(await until()).toBe(before)
    await sql`update hub.delivery set kind = 'sync'`
    expect(await probe()).toMatchObject([{ connector: 'auth0', probe: true }])
    expect(await until()).not.toBe(before)
  })

  test('is probed at a start, and by one process alone', async () => {
    await pause(sql, { id: 'auth0', reason: 'invalid_client', probeSeconds: 600 })
    const take = () => takeProbes(sql, { ids: ['auth0', 'okta'], probeSeconds: 60 })
    expect(await take()).toEqual([])
    await makeProbesDue(sql)
    expect((await Promise.all([take(), take(), take()])).flat()).toEqual(['auth0'])
  })

  test('is resumed by an operator’s word, which stays on record with what it ended', async () => {
    const order = { id: 'ord_1', connector: 'auth0', reason: 'rotated', ...operator() }
    expect(await resumeConnector(sql, order)).toBe(false)
    await pause(sql, { id: 'auth0', reason: 'invalid_client', probeSeconds: 600 })
    expect(await resumeConnector(sql, order)).toBe(true)
    expect(await listConnectorStates(sql)).toMatchObject([{ id: 'auth0', pausedSince: null }])
    expect(await listConnectorOrders(sql)).toMatchObject([
      { connector: 'auth0', reason: 'rotated', by: 'ann', pausedReason: 'invalid_client' },
    ])
  })
})

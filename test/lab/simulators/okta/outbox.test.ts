import { expect, test } from 'vitest'
import { hookSecret, registerEventHook } from '../../../../lab/environment.ts'
import type { OktaTenantOptions } from '../../../../lab/simulators/okta/server.ts'
import { silence, startHookEndpoint, status } from '../../../support/hook-endpoint.ts'
import { LENA, oktaWithClient } from '../../../support/tenant-clients.ts'

const ITEMS = ['user.lifecycle.suspend', 'user.lifecycle.unsuspend', 'user.lifecycle.deactivate']

async function stage(options: OktaTenantOptions = {}) {
  const endpoint = await startHookEndpoint()
  const { okta } = await oktaWithClient(options)
  const hookId = await registerEventHook(okta, { url: endpoint.url, types: ITEMS })
  const act = async (...verbs: ('suspend' | 'unsuspend' | 'deactivate' | 'lock')[]) => {
    for (const verb of verbs) okta.users.transition(LENA.id, verb)
    await okta.idle()
  }
  const close = async () => {
    await endpoint[Symbol.asyncDispose]()
    await okta.close()
  }
  return { endpoint, okta, hookId, act, [Symbol.asyncDispose]: close }
}

test('a delivery carries the secret and an envelope that names the hook', async () => {
  await using at = await stage()
  await at.act('deactivate')
  const [request] = at.endpoint.requests.filter(({ method }) => method === 'POST')
  const [delivery] = at.endpoint.deliveries()
  const [logged] = at.okta.log.list()

  expect(request?.headers).toMatchObject({ authorization: hookSecret, 'content-type': 'application/json' })
  expect(delivery).toMatchObject({
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    contentType: 'application/json',
    source: `${at.okta.url}/api/v1/eventHooks/${at.hookId}`,
    data: { events: [{ eventType: 'user.lifecycle.deactivate', uuid: logged?.uuid }] },
  })
})

test('what a hook has not subscribed to stays in the System Log', async () => {
  await using at = await stage()
  await at.act('lock')

  expect(at.endpoint.deliveries()).toEqual([])
  expect(at.okta.log.list()).toHaveLength(1)
})

test.each([
  [[204], 1, 'delivered'],
  [[401], 1, 'failed'],
  [[429], 1, 'failed'],
  [[302], 1, 'failed'],
  [[500, 204], 2, 'delivered'],
  [[503, 503], 2, 'failed'],
])('answers of %j mean %i tries and a delivery that is %s', async (codes, tries, outcome) => {
  await using at = await stage()
  at.endpoint.answer(...codes.map((code) => status(code)))
  await at.act('suspend')

  expect(at.endpoint.deliveries()).toHaveLength(tries)
  expect(at.okta.deliveries[0]).toMatchObject({ outcome, tries: codes.map((code) => ({ outcome: code })) })
})

test('silence counts as a timeout and is retried once with the same eventId', async () => {
  await using at = await stage({ hookTimeoutMs: 60 })
  at.endpoint.answer(silence, silence)
  await at.act('suspend')
  const [first, second] = at.endpoint.deliveries()

  expect(at.okta.deliveries[0]?.tries.map((one) => one.outcome)).toEqual(['timeout', 'timeout'])
  expect(second?.eventId).toBe(first?.eventId)
})

test('a failed delivery is an event_hook.delivery in the System Log', async () => {
  await using at = await stage()
  at.endpoint.answer(status(401))
  await at.act('suspend')
  const failure = at.okta.log.list().find(({ eventType }) => eventType === 'event_hook.delivery')

  expect(failure).toMatchObject({ outcome: { result: 'FAILURE', reason: 'HTTP 401' }, target: [{ id: at.hookId }] })
})

test('events that happen close together travel in one request', async () => {
  await using at = await stage({ batchWindowMs: 40 })
  await at.act('suspend', 'unsuspend')
  const [delivery, ...more] = at.endpoint.deliveries()

  expect(delivery?.data.events.map(({ eventType }) => eventType)).toEqual(ITEMS.slice(0, 2))
  expect(more).toEqual([])
})

test('the window can be opened while the tenant runs', async () => {
  await using at = await stage()
  at.okta.setBatchWindow(40)
  await at.act('suspend', 'unsuspend')

  expect(at.endpoint.deliveries().map(({ data }) => data.events.length)).toEqual([2])
})

test('a dropped delivery never arrives, and Okta does not know', async () => {
  await using at = await stage()
  at.okta.misbehaveOnDelivery({ drop: true, times: 1 })
  await at.act('suspend', 'unsuspend')

  expect(at.endpoint.deliveries().map(({ data }) => data.events[0]?.eventType)).toEqual(['user.lifecycle.unsuspend'])
  expect(at.okta.log.list().map(({ eventType }) => eventType)).not.toContain('event_hook.delivery')
})

test.each([
  ['same-event-id', 1],
  ['new-event-id', 2],
] as const)('a duplicate with the %s repeats the events under %i request id(s)', async (duplicate, ids) => {
  await using at = await stage()
  at.okta.misbehaveOnDelivery({ duplicate, times: 1 })
  await at.act('suspend')
  const deliveries = at.endpoint.deliveries()

  expect(deliveries).toHaveLength(2)
  expect(new Set(deliveries.map(({ eventId }) => eventId)).size).toBe(ids)
  expect(new Set(deliveries.map(({ data }) => data.events[0]?.uuid)).size).toBe(1)
})

test('reordered deliveries arrive last first, and what is left over goes out when it calms', async () => {
  await using at = await stage()
  at.okta.misbehaveOnDelivery({ reorder: 2 })
  await at.act('suspend', 'unsuspend', 'deactivate')
  const before = at.endpoint.deliveries().map(({ data }) => data.events[0]?.eventType)
  at.okta.calm()
  await at.okta.idle()

  expect(before).toEqual(['user.lifecycle.unsuspend', 'user.lifecycle.suspend'])
  expect(at.endpoint.deliveries()).toHaveLength(3)
})

test('a delayed delivery arrives after one that happened later', async () => {
  await using at = await stage()
  at.okta.misbehaveOnDelivery({ delayMs: 80, times: 1 })
  await at.act('suspend', 'unsuspend')

  expect(at.endpoint.deliveries().map(({ data }) => data.events[0]?.eventType)).toEqual([
    'user.lifecycle.unsuspend',
    'user.lifecycle.suspend',
  ])
})

test('any body can be sent, and a preview is hollow and goes past the subscription', async () => {
  await using at = await stage()
  const sent = await at.okta.deliver(at.hookId, 'not json')
  await at.okta.preview(at.hookId, 'user.session.start')
  const [raw, preview] = at.endpoint.requests.filter(({ method }) => method === 'POST')

  expect(sent).toMatchObject({ outcome: 'delivered', eventId: undefined })
  expect(raw?.body).toBe('not json')
  expect(JSON.parse(preview?.body ?? '')).toMatchObject({
    data: { events: [{ eventType: 'user.session.start', target: null, actor: null, outcome: { result: 'Success' } }] },
  })
})

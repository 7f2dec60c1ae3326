// @module-tag process

import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { hookSecret, makeEnvironment } from '../../lab/environment.ts'
import { type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, postHook, userEvent } from '../support/hub.ts'
import { lumosBody } from '../support/inline-stage.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { type RelayEndpoint, startRelayEndpoint } from '../support/relay-endpoint.ts'

const db = await testDatabase()
const cwd = await mkdtemp(join(tmpdir(), 'bellhop-end-'))
const running = new Set<HubProcess>()

afterEach(async () => {
  for (const hub of running) await hub.stop('SIGKILL')
  running.clear()
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

type Given = { tenants: Tenants; doors: RelayEndpoint; settings?: Record<string, string> }

async function start({ tenants, doors, settings }: Given): Promise<HubProcess> {
  await wipe(db.sql)
  const env = {
    ...makeEnvironment(tenants),
    HUB_RESYNC: 'off',
    HUB_OUTBOUND_SECONDS: '15',
    LUMOS_HOOK_SECRETS: 'relay/*:lumos-secret',
    RELAY_URL: doors.url,
    RELAY_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    RELAY_GRANTS: JSON.stringify({ 'orbit-admin': { 'billing:operate': 'door:billing' } }),
    RELAY_BUDGET_SECONDS: '14',
    HUB_OUTBOUND_ALLOW: '127.0.0.1/32',
    DATABASE_URL: db.url,
    ...settings,
  }
  const hub = await startHubProcess({ cwd, env })
  running.add(hub)
  return hub
}

type Answer = { status: number; connection: string; body: string }
type Question = { path: string; body?: unknown; agent?: Agent; headers?: Record<string, string> }

/** With `node:http`: fetch hides the header `connection`. Null: refused, or cut. */
function ask(hub: HubProcess, { path, body, agent, headers = {} }: Question): Promise<Answer | null> {
  return new Promise((resolve) => {
    const options = { method: body === undefined ? 'GET' : 'POST', headers, agent: agent ?? new Agent() }
    const call = request(`${hub.url}${path}`, options, async (answer) => {
      let text = ''
      for await (const chunk of answer) text += chunk
      resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection ?? '', body: text })
    })
    call.on('error', () => resolve(null))
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const askInline = (hub: HubProcess, kind: string, body: unknown = lumosBody()) =>
  ask(hub, { path: `/hooks/lumos/relay/${kind}`, body, headers: { authorization: 'lumos-secret' } })

const told = () => oktaHook([userEvent({ type: 'user.account.update_profile', userId: CAST.lena.oktaId })])

test('SIGTERM makes /readyz 503 at once, hooks are answered for some seconds more, then the listener closes (case 33)', async () => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '5' } })
  const open = new Agent({ keepAlive: true, maxSockets: 1 })
  expect(await ask(hub, { path: '/readyz', agent: open })).toMatchObject({ status: 200, connection: 'keep-alive' })
  const before = await askInline(hub, 'validate')

  const toldAt = performance.now()
  const ended = hub.stop('SIGTERM')
  await sleep(100)
  const onOpen = await ask(hub, { path: '/readyz', agent: open })
  expect(onOpen).toMatchObject({ status: 503, connection: 'close' })
  expect(JSON.parse(onOpen?.body ?? '')).toMatchObject({ code: 'ending' })
  while (performance.now() - toldAt < 3000) {
    expect(await ask(hub, { path: '/readyz' })).toMatchObject({ status: 503, connection: 'close' })
    expect(await askInline(hub, 'validate')).toMatchObject({ status: before?.status, connection: 'close' })
    expect((await postHook({ url: hub.url, body: told() })).status).toBe(204)
    await sleep(300)
  }
  await eventually(async () => expect(await ask(hub, { path: '/readyz' })).toBeNull())
  expect(await ended).toBe(0)
  expect(performance.now() - toldAt).toBeGreaterThan(4500)
  expect(performance.now() - toldAt).toBeLessThan(10_000)
})

test('what comes in while a hub leaves is delivered before it ends (case 33)', async () => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '4' } })
  const ended = hub.stop('SIGTERM')
  await sleep(300)
  tenants.okta.users.transition(CAST.lena.oktaId, 'deactivate')
  const body = oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: CAST.lena.oktaId })])
  expect((await postHook({ url: hub.url, body })).status).toBe(204)
  expect(await ended).toBe(0)
  expect(tenants.auth0.users.get(CAST.lena.databaseUserId).blocked).toBe(true)
})

test.each([
  { kind: 'deprovision', call: 'access.deprovision', code: 'goes_on' },
  { kind: 'provision', call: 'access.provision', code: 'too_late' },
])('a $kind that still waits 9 s after SIGTERM is answered 503 $code (case 33)', async ({ kind, call, code }) => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors })
  if (kind === 'deprovision') expect(await askInline(hub, 'provision')).toMatchObject({ status: 204 })
  doors.hold[call] = { effect: 'after', ms: 13_000 }
  const asked = askInline(hub, kind)
  await eventually(() => expect(doors.seen).toContain(call))
  const toldAt = performance.now()
  const ended = hub.stop('SIGTERM')
  const answer = await asked
  expect(answer).toMatchObject({ status: 503, connection: 'close' })
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code, detail: expect.stringContaining('before this process') })
  await ended
  expect(performance.now() - toldAt).toBeLessThan(10_000)
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a %s after SIGTERM closes the listener at once (case 33)',
  async (second) => {
    await using tenants = await startTenants()
    await using doors = await startRelayEndpoint()
    const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '8' } })
    const toldAt = performance.now()
    const ended = hub.stop('SIGTERM')
    await sleep(600)
    expect(await ask(hub, { path: '/readyz' })).toMatchObject({ status: 503 })
    process.kill(hub.pid, second)
    expect(await ended).toBe(0)
    expect(performance.now() - toldAt).toBeLessThan(6000)
  },
)

test('SIGINT closes the listener at once (case 33)', async () => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '8' } })
  const toldAt = performance.now()
  expect(await hub.stop('SIGINT')).toBe(0)
  expect(performance.now() - toldAt).toBeLessThan(6000)
})

test('every answer of a hub that leaves ends its connection, a refusal too (point 10)', async () => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '5' } })
  const questions: (Question & { status: number })[] = [
    { path: '/healthz', status: 200 },
    { path: '/metrics', status: 200 },
    { path: '/nowhere', status: 404 },
    { path: '/hooks/okta', body: told(), status: 401 },
    { path: '/hooks/okta', body: told(), headers: { authorization: hookSecret }, status: 204 },
    { path: '/hooks/lumos/relay/provision', body: {}, headers: { authorization: 'lumos-secret' }, status: 422 },
  ]
  for (const { status, ...question } of questions) {
    const agent = new Agent({ keepAlive: true })
    expect(await ask(hub, { ...question, agent }), question.path).toMatchObject({ status, connection: 'keep-alive' })
  }
  const ended = hub.stop('SIGTERM')
  await eventually(async () => expect(await ask(hub, { path: '/readyz' })).toMatchObject({ status: 503 }))
  for (const { status, ...question } of questions) {
    const agent = new Agent({ keepAlive: true })
    expect(await ask(hub, { ...question, agent }), question.path).toMatchObject({ status, connection: 'close' })
  }
  process.kill(hub.pid, 'SIGINT')
  await ended
})

test.each([
  { name: 'SIGINT', signals: ['SIGINT'] as const },
  { name: 'a second SIGTERM', signals: ['SIGTERM', 'SIGTERM'] as const },
])(
  'after $name new connections are refused at once, and who waits is still answered (point 10)',
  async ({ signals }) => {
    await using tenants = await startTenants()
    await using doors = await startRelayEndpoint()
    const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '8' } })
    doors.hold['access.provision'] = { effect: 'after', ms: 3000 }
    let isAnswered = false
    const asked = askInline(hub, 'provision').finally(() => {
      isAnswered = true
    })
    await eventually(() => expect(doors.seen).toContain('access.provision'))
    for (const signal of signals) {
      process.kill(hub.pid, signal)
      await sleep(400)
    }
    await eventually(async () => expect(await ask(hub, { path: '/readyz' })).toBeNull())
    expect(isAnswered).toBe(false)
    expect(await asked).toMatchObject({ status: 204, connection: 'close' })
    expect(await hub.stop('SIGINT')).toBe(0)
  },
)

test('a request that was being read when the listener closed is carried out and answered (point 10)', async () => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors })
  doors.hold['access.provision'] = { effect: 'after', ms: 3000 }
  const text = JSON.stringify(lumosBody())
  const headers = { authorization: 'lumos-secret', 'content-length': String(text.length) }
  const call = request(`${hub.url}/hooks/lumos/relay/provision`, { method: 'POST', headers })
  const answer = new Promise<number | undefined>((resolve) => {
    call.on('response', ({ statusCode }) => resolve(statusCode)).on('error', () => resolve(undefined))
  })
  call.write(text.slice(0, 10))
  await sleep(300)
  const ended = hub.stop('SIGTERM')
  await eventually(async () => expect(await ask(hub, { path: '/readyz' })).toBeNull())
  call.end(text.slice(10))
  expect(await answer).toBe(204)
  expect(await ended).toBe(0)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'after %s the process is gone within 10 s, though a vendor hangs and a client never ends its request (point 10)',
  async (signal) => {
    await using tenants = await startTenants()
    await using doors = await startRelayEndpoint()
    const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '5' } })
    tenants.okta.misbehave({ path: `/api/v1/users/${CAST.lena.oktaId}`, delayMs: 60_000 })
    tenants.okta.users.transition(CAST.lena.oktaId, 'deactivate')
    const body = oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: CAST.lena.oktaId })])
    expect((await postHook({ url: hub.url, body })).status).toBe(204)
    const headers = { authorization: hookSecret, 'content-length': '1000' }
    const stuck = request(`${hub.url}/hooks/okta`, { method: 'POST', headers })
    const cut = new Promise((resolve) => stuck.on('error', resolve).on('response', resolve))
    stuck.write('{')
    await sleep(300)
    const toldAt = performance.now()
    await hub.stop(signal)
    expect(performance.now() - toldAt).toBeLessThan(10_000)
    await cut
  },
)

test('a request that reached a busy hub before its door closes is answered, on a connection that was idle (case 33)', async () => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '1' } })
  const open = new Agent({ keepAlive: true, maxSockets: 1 })
  expect(await ask(hub, { path: '/readyz', agent: open })).toMatchObject({ status: 200, connection: 'keep-alive' })
  const ended = hub.stop('SIGTERM')
  await sleep(300)
  // Stands for a machine that leaves the hub no processor: the request and the end of the drain come due together.
  process.kill(hub.pid, 'SIGSTOP')
  const headers = { authorization: hookSecret }
  const asked = ask(hub, { path: '/hooks/okta', body: told(), headers, agent: open })
  await sleep(1500)
  process.kill(hub.pid, 'SIGCONT')
  expect(await asked).toMatchObject({ status: 204, connection: 'close' })
  expect(await ended).toBe(0)
})

test('every new connection that waits for a busy hub before its door closes is answered (case 33)', async () => {
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors, settings: { HUB_DRAIN_SECONDS: '1' } })
  const ended = hub.stop('SIGTERM')
  await sleep(300)
  process.kill(hub.pid, 'SIGSTOP')
  const headers = { authorization: hookSecret }
  // Each over a connection of its own, as a balancer sends them once a hub ends its connections.
  const asked = Array.from({ length: 450 }, () => ask(hub, { path: '/hooks/okta', body: told(), headers }))
  await sleep(1500)
  process.kill(hub.pid, 'SIGCONT')
  const statuses = (await Promise.all(asked)).map((answer) => answer?.status)
  expect(statuses).toEqual(asked.map(() => 204))
  expect(await ended).toBe(0)
})

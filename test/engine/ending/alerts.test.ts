import { createServer, type IncomingHttpHeaders } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultUpkeepTiming } from '../../../src/core/policy.ts'
import { type Crowd, startCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { type HubOptions, oktaHook, startHub, type TestHub, testTiming, userEvent } from '../../support/hub.ts'
import { wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const crowd: Crowd = await startCrowd(6)
const [leaver = '', other = '', slow = '', ...wave] = crowd.ids
const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

type Message = { headers: IncomingHttpHeaders; body: string }

let hub: TestHub
let received: Message[] = []
/** The answers to come, in turn; afterwards 204. */
let answers: number[] = []

const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
  response.writeHead(answers.shift() ?? 204).end()
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))

beforeEach(async () => {
  await wipe(db.sql)
  await db.sql`truncate hub.source, hub.brake_reservation, hub.hold`
  received = []
  answers = []
  crowd.okta.calm()
  crowd.auth0.calm()
})

afterEach(() => hub[Symbol.asyncDispose]())

afterAll(async () => {
  receiver.close()
  await crowd.close()
})

async function start(options: Partial<HubOptions> = {}): Promise<void> {
  const address = receiver.address()
  if (!address || typeof address === 'string') throw new Error('no port')
  const alerts = { HUB_ALERT_URL: `http://127.0.0.1:${address.port}/in`, HUB_ALERT_SECRET: secret }
  hub = await startHub({ db, tenants: crowd, ...options, settings: { ...options.settings, ...alerts } })
}

const read = ({ headers, body }: Message) =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as { type: string; data: { about: string } }

const types = () => received.map(read).map(({ type }) => type)

const foreign = () =>
  oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: leaver })], { org: 'https://elsewhere.okta.com' })

test('an alert arrives signed, and the journal says that it did', async () => {
  await start()
  await hub.post(foreign())
  await eventually(() => expect(types()).toEqual(['hub.alert.foreign_sender']))
  await eventually(async () => expect(await hub.deliveries()).toMatchObject([{ kind: 'on', status: 'succeeded' }]))
})

test('an alert that the receiver fails to take comes again, the same one', async () => {
  answers = [500, 503]
  await start()
  await hub.post(foreign())
  await eventually(() => expect(received).toHaveLength(3))
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  for (const message of received) expect(read(message).type).toBe('hub.alert.foreign_sender')
})

test('an alert that cannot be delivered keeps neither another alert nor a lockout waiting', async () => {
  answers = Array.from({ length: 50 }, () => 500)
  await start()
  await hub.post(foreign())
  await eventually(() => expect(received.length).toBeGreaterThan(1))
  crowd.okta.users.transition(leaver, 'deactivate')
  await hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: leaver })]))
  await eventually(() => expect(crowd.locked()).toEqual([leaver]))
  await hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: '00unobody' })]))
  await eventually(() => expect(types()).toContain('hub.alert.unknown_person'))
})

describe('told at the webhook, signed, with what it is about, is', () => {
  const told = () => received.map(read).map(({ type, data }) => ({ type, about: data.about }))
  const deactivated = (userId: string) => userEvent({ type: 'user.lifecycle.deactivate', userId })
  const quick = { ...testTiming.schedule, denyIntervalSeconds: 0.05, contradictionWaitsSeconds: [0.02] }

  test('a lockout that is stuck', async () => {
    const schedule = { ...quick, waitsSeconds: [0.01, 0.01], stuckAfterSeconds: 0.05 }
    await start({ timing: { schedule }, upkeep: { resync: false } })
    crowd.auth0.misbehave({ method: 'PATCH', status: 500 })
    crowd.okta.users.transition(slow, 'deactivate')
    await hub.post(oktaHook([deactivated(slow)]))
    await eventually(() => expect(told()).toEqual([{ type: 'hub.alert.stuck', about: `auth0/okta/${slow}` }]))
    expect(crowd.locked()).not.toContain(slow)
  })

  test('a wave that the brake holds', async () => {
    await start({ settings: { HUB_BRAKE_PEOPLE: '1' } })
    for (const id of wave) crowd.okta.users.transition(id, 'suspend')
    await hub.post(oktaHook(wave.map((userId) => userEvent({ type: 'user.lifecycle.suspend', userId }))))
    await eventually(async () => {
      expect((await hub.deliveries()).filter(({ status }) => status === 'held')).toHaveLength(wave.length - 1)
    })
    await eventually(() => expect(told()).toEqual([{ type: 'hub.alert.brake', about: 'deny' }]))
  })

  test('a person whose hook Okta contradicts', async () => {
    await start({ timing: { schedule: quick } })
    await hub.post(oktaHook([deactivated(other)]))
    await eventually(() => expect(told()).toEqual([{ type: 'hub.alert.contradicted', about: `auth0/okta/${other}` }]))
  })

  test('a person whose e-mail somebody else holds', async () => {
    await start()
    const email = `${other}@acme-demo.test`
    const profile = { login: 'double@acme-demo.test', email, firstName: 'P', lastName: 'Double' }
    const { id } = crowd.okta.users.seed({ id: '00udouble', profile })
    crowd.okta.users.transition(id, 'deactivate')
    await hub.post(oktaHook([deactivated(id)]))
    await eventually(() => expect(told()).toEqual([{ type: 'hub.alert.conflict', about: `auth0/okta/${id}` }]))
    expect(crowd.locked()).not.toContain(other)
  })
})

test('a paused connector is told once, and told again when it is paused anew', async () => {
  await start()
  const pause = async () => {
    const calm = crowd.okta.misbehave({ path: `/api/v1/users/${other}`, status: 401 })
    await hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: other })]))
    await eventually(async () => expect((await hub.journal.queue.listConnectorStates())[0]?.pausedSince).toBeTruthy())
    return calm
  }
  const resumed = async () => {
    await eventually(async () => expect((await hub.journal.queue.listConnectorStates())[0]?.pausedSince).toBeNull())
  }
  const calm = await pause()
  await eventually(() => expect(types()).toEqual(['hub.alert.connector_paused']))
  calm()
  await resumed()
  const calmAgain = await pause()
  await eventually(() => expect(types()).toEqual(['hub.alert.connector_paused', 'hub.alert.connector_paused']))
  calmAgain()
  await resumed()
})

test('a connector that goes on again is told as over, after its pause, with the same key and how long it lasted (point 8)', async () => {
  await start({ upkeep: { resync: false, timing: { ...defaultUpkeepTiming, tickSeconds: 0.05, quietSeconds: 0.2 } } })
  const calm = crowd.okta.misbehave({ path: `/api/v1/users/${other}`, status: 401 })
  answers = [500]
  await hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: other })]))
  await eventually(() => expect(types()).toContain('hub.alert.connector_paused'))
  calm()
  await eventually(() => expect(types().at(-1)).toBe('hub.alert.resolved'))
  const messages = received.map(read).map(({ data }) => data as Record<string, unknown>)
  expect(new Set(messages.map(({ dedupKey }) => dedupKey))).toEqual(new Set(['hub.alert.connector_paused:okta']))
  expect(messages.map(({ state }) => state)).toEqual(['open', 'open', 'resolved'])
  expect(messages.at(-1)).toMatchObject({ resolves: 'hub.alert.connector_paused', lastedSeconds: expect.any(Number) })
})

test('an unknown person who is announced again and again is one alert', async () => {
  await start()
  for (let i = 0; i < 3; i++) {
    await hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: '00unobody' })]))
    await eventually(async () => {
      const held = (await hub.deliveries()).filter(({ status }) => status === 'held')
      expect(held).toHaveLength(i + 1)
    })
  }
  expect(await hub.alerts()).toEqual(['hub.alert.unknown_person'])
})

test('many refused secrets are an alert, a few are not', async () => {
  const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, refusals: { count: 5, withinSeconds: 60 } }
  await start({ upkeep: { resync: false, timing } })
  const knock = async (times: number) => {
    for (let i = 0; i < times; i++) expect((await hub.post({}, { authorization: 'wrong' })).status).toBe(401)
  }
  await knock(4)
  await ticks()
  expect(await hub.alerts()).toEqual([])
  await knock(8)
  await eventually(() => expect(types()).toEqual(['hub.alert.refused_secrets']))
  await ticks()
  expect(await hub.alerts()).toEqual(['hub.alert.refused_secrets'])
})

const silence = { resync: false, silenceHours: 24, timing: { ...defaultUpkeepTiming, tickSeconds: 0.05 } }

test('a source that is silent for too long is an alert', async () => {
  await db.sql`insert into hub.source (id, known_since) values ('okta', now() - interval '30 hours')`
  await start({ upkeep: silence })
  await eventually(() => expect(types()).toEqual(['hub.alert.silent_source']))
})

test('a source that was heard of late is not silent, and every hook counts as heard', async () => {
  await db.sql`insert into hub.source (id, known_since, heard_at)
    values ('okta', now() - interval '30 hours', now() - interval '20 hours')`
  await start({ upkeep: silence })
  await ticks()
  const heardAt = async () => Date.parse((await hub.journal.records.readSources(['okta']))[0]?.heardAt ?? '')
  const before = await heardAt()
  await hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: other })]))
  await eventually(async () => expect((await heardAt()) - before).toBeGreaterThan(19 * 3_600_000))
  expect(await hub.alerts()).toEqual([])
})

/** Long enough for the hub to have looked at its sources some more times. */
async function ticks(): Promise<void> {
  const alive = async () => (await hub.journal.records.readSources(['okta']))[0]?.aliveAt
  for (let i = 0; i < 3; i++) {
    const before = await alive()
    await eventually(async () => expect(await alive()).not.toBe(before))
  }
}

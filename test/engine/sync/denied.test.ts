import { afterEach, describe, expect, test } from 'vitest'
import { connectors } from '../../../connectors/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { personId } from '../../../src/core/id.ts'
import { makeRecordDenial } from '../../../src/events/record-denial.ts'
import { makeQueueVerifications } from '../../../src/events/verify-event.ts'
import { defineConnector } from '../../../src/index.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { orderHeld } from '../../../src/operate/brake-orders.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, testTiming, userEvent } from '../../support/hub.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()
const { sql } = db
const users = [LENA.enterpriseUserId, LENA.databaseUserId]
const order = { whom: null, direction: null, reason: 'a wrong import', ...operator() } as const

afterEach(async () => {
  await sql`truncate hub.brake_reservation, hub.brake_order, hub.hold, hub.protected cascade`
})

/** Whether the journal says that this person is denied, and how often it told of it. */
async function readDenial({ oktaId } = LENA as { oktaId: string }) {
  const [row] = await sql<{ denied: boolean; told: number }[]>`
    select p.denied_at is not null as denied,
      (select count(*)::int from hub.event e where e.person = p.id and e.type = 'hub.person.denied') as told
    from hub.person p where p.authority_id = ${oktaId}`
  return row
}

const marked = { denied: true, told: 1 }
const unmarked = { denied: false, told: 0 }

const statuses = async ({ hub }: Stage) => (await hub.deliveries()).map(({ status }) => status)
const allEnd = (stage: Stage, expected: string[]) =>
  eventually(async () => expect((await statuses(stage)).toSorted()).toEqual(expected))
const leave = ({ tenants }: Stage, { oktaId } = LENA as { oktaId: string }) =>
  tenants.okta.users.transition(oktaId, 'deactivate')

describe('a denial is recorded and told of as soon as the authority was read, also of a person', () => {
  test('whose connector has not answered a single question', async () => {
    const timing = { outboundSeconds: 10, leaseSeconds: 30, renewSeconds: 10 }
    await using stage = await setStage({ db, timing })
    stage.tenants.auth0.misbehave({ delayMs: 1500 })
    leave(stage)
    await eventually(async () => expect(await readDenial()).toEqual(marked))
    expect(await stage.hub.deliveries()).toMatchObject([{ status: 'pending', attempts: 0 }])
    expect(users.map(stage.isShut)).toEqual([false, false])
    stage.tenants.auth0.calm()
  })

  test('who has no user at the connector', async () => {
    await using stage = await setStage({ db })
    const login = 'nils@acme-demo.test'
    const nils = stage.tenants.okta.users.seed({
      id: '00uexampleNILSNOBODY',
      profile: { login, email: login, firstName: 'Nils', lastName: 'Nobody' },
    })
    leave(stage, { oktaId: nils.id })
    await allEnd(stage, ['no_match'])
    expect(await readDenial({ oktaId: nils.id })).toEqual(marked)
  })

  test('whose connector is down', async () => {
    await using stage = await setStage({ db })
    stage.tenants.auth0.misbehave({ status: 500 })
    leave(stage)
    await eventually(async () => expect((await stage.hub.deliveries())[0]?.attempts).toBeGreaterThan(1))
    expect(await readDenial()).toEqual(marked)
    expect(users.map(stage.isShut)).toEqual([false, false])
  })

  test('whom the brake holds, and whose lockout an operator cancels afterwards', async () => {
    await using stage = await setStage({ db, settings: { HUB_BRAKE_PEOPLE: '1' } })
    leave(stage, OMAR)
    await allEnd(stage, ['succeeded'])
    leave(stage)
    await allEnd(stage, ['held', 'succeeded'])
    expect(await readDenial()).toEqual(marked)
    await orderHeld({ journal: stage.hub.journal, clock: systemClock }, { kind: 'cancel', ...order })
    await allEnd(stage, ['succeeded', 'superseded'])
    expect(await readDenial()).toEqual(marked)
    expect(users.map(stage.isOpen)).toEqual([true, true])
  })

  test('who is protected', async () => {
    await using stage = await setStage({ db })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const entry = { source: 'okta', authorityId: LENA.oktaId, reason: 'break glass', until, ...operator() }
    await stage.hub.journal.orders.protect(entry)
    leave(stage)
    await allEnd(stage, ['held'])
    expect(await readDenial()).toEqual(marked)
    expect(users.map(stage.isOpen)).toEqual([true, true])
  })

  test('whose user may be somebody else’s', async () => {
    await using stage = await setStage({ db })
    const profile = { login: 'lena.old@acme-demo.test', email: LENA.email, firstName: 'Lena', lastName: 'Old' }
    const other = stage.tenants.okta.users.seed({ id: '00uOTHERLENA0000001', profile })
    leave(stage, { oktaId: other.id })
    await allEnd(stage, ['held'])
    expect(await stage.hub.alerts()).toEqual(['hub.alert.conflict'])
    expect(await readDenial({ oktaId: other.id })).toEqual(marked)
    expect(await readDenial()).toBeUndefined()
  })

  test('while the hub observes', async () => {
    await using stage = await setStage({ db, settings: { HUB_MODE: 'observe' } })
    leave(stage)
    await allEnd(stage, ['succeeded'])
    expect(await readDenial()).toEqual(marked)
    expect(stage.auth0Calls('PATCH')).toBe(0)
  })
})

test('a person whom a hook alone denies is neither marked nor told of', async () => {
  await using stage = await setStage({
    db,
    timing: { schedule: { ...testTiming.schedule, contradictionWaitsSeconds: [0.05] } },
  })
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  await allEnd(stage, ['contradicted'])
  expect(await readDenial()).toEqual(unmarked)
})

test('a handler hears who is denied, by whose word and since when', async () => {
  const heard: unknown[] = []
  const siem = defineConnector({ id: 'siem', on: { 'hub.person.denied': ({ event }) => void heard.push(event.data) } })
  await using stage = await setStage({ db, connectors: [...connectors, siem] })
  leave(stage)
  await eventually(() => expect(heard).toHaveLength(1))
  const state = stage.tenants.okta.users.get(LENA.oktaId)
  expect(heard).toEqual([
    {
      ...{ about: LENA.email, person: personId({ source: 'okta', authorityId: LENA.oktaId }), source: 'okta' },
      ...{ authorityId: LENA.oktaId, status: 'DEPROVISIONED', statusChangedAt: state.statusChanged },
      readAt: expect.any(String),
    },
  ])
})

describe('of one leaving is told once', () => {
  test('though its hook comes twice, is replayed, and the person is looked at again', async () => {
    await using stage = await setStage({ db })
    const { hub, tenants } = stage
    tenants.okta.misbehaveOnDelivery({ duplicate: 'new-event-id' })
    leave(stage)
    await tenants.okta.idle()
    await allEnd(stage, ['succeeded'])
    const [delivery] = await hub.deliveries()
    const reads = tenants.okta.calls.length
    await hub.journal.orders.replay({ ids: [delivery?.id ?? ''] })
    hub.drain.nudge()
    await eventually(() => expect(tenants.okta.calls.length).toBeGreaterThan(reads))
    const queueVerifications = makeQueueVerifications({
      ...{ ingest: hub.journal.queue.ingest, clock: systemClock, nudge: hub.drain.nudge },
    })
    await allEnd(stage, ['succeeded'])
    await queueVerifications([{ source: 'okta', authorityId: LENA.oktaId, connector: 'auth0', looks: ['ids'] }])
    await hub.queueSync([{ source: 'okta', authorityId: LENA.oktaId }], { reason: 'again' })
    await allEnd(stage, ['succeeded', 'succeeded', 'succeeded'])
    expect(await readDenial()).toEqual(marked)
  })

  test('though two connectors read it at the same moment, and the suspension becomes a deactivation', async () => {
    const mirror = defineConnector({
      id: 'mirror',
      sync: { on: ['user.lifecycle.*'], plan: () => ({ changes: [] }), apply: () => {} },
    })
    await using stage = await setStage({ db, connectors: [...connectors, mirror] })
    const { okta } = stage.tenants
    okta.misbehave({ path: '/api', delayMs: 100 })
    okta.users.transition(LENA.oktaId, 'suspend')
    await eventually(async () => expect(await statuses(stage)).not.toContain('pending'))
    leave(stage)
    await eventually(async () => expect(await stage.hub.deliveries()).toHaveLength(4))
    await eventually(async () => expect(await statuses(stage)).not.toContain('pending'))
    expect(await readDenial()).toEqual(marked)
  })

  test('and of the next one again, after the person was back', async () => {
    await using stage = await setStage({ db })
    leave(stage)
    await allEnd(stage, ['succeeded'])
    stage.tenants.okta.users.transition(LENA.oktaId, 'activate')
    await allEnd(stage, ['succeeded', 'succeeded'])
    expect(await readDenial()).toEqual({ denied: false, told: 1 })
    leave(stage)
    await allEnd(stage, ['succeeded', 'succeeded', 'succeeded'])
    expect(await readDenial()).toEqual({ denied: true, told: 2 })
  })
})

test('a crash between the record and the plan loses nothing, and tells of nothing twice', async () => {
  await using stage = await setStage({ db, runs: false })
  const { hub, tenants } = stage
  leave(stage)
  await tenants.okta.idle()
  const [lane] = await claim(sql, { limit: 1, leaseSeconds: 0.3 })
  if (!lane?.person) throw new Error('No lane was claimed')
  const recordDenial = makeRecordDenial({
    ...{ queue: hub.journal.queue, installed: hub.installed, clock: systemClock, nudge: () => {} },
  })
  const state = { authorityId: LENA.oktaId, status: 'DEPROVISIONED', access: 'deny' as const }
  const times = { statusChangedAt: tenants.okta.users.get(LENA.oktaId).statusChanged, readAt: new Date().toISOString() }
  await recordDenial({
    ...{ person: lane.person, state: { ...state, ...times, emails: [], logins: [] } },
    ...{ lane: { key: lane.key, epoch: lane.epoch }, traceId: null },
  })
  expect(await readDenial()).toEqual(marked)
  const [before] = await sql`select denied_at from hub.person where authority_id = ${LENA.oktaId}`

  hub.drain.start()
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
  await allEnd(stage, ['succeeded'])
  expect(await readDenial()).toEqual(marked)
  expect(await sql`select denied_at from hub.person where authority_id = ${LENA.oktaId}`).toEqual([before])
})

test('while a denial cannot be recorded nothing is planned, not on the hook’s word either, and all of it is done later', async () => {
  await using stage = await setStage({ db, settings: { HUB_PROVISIONAL_DENY: 'true' } })
  await stage.hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: LENA.oktaId })]))
  await allEnd(stage, ['succeeded'])
  const asked = stage.auth0Calls('GET')
  await sql`alter function hub.record_denials rename to record_denials_away`
  try {
    leave(stage)
    await eventually(async () => expect((await stage.hub.deliveries()).at(-1)?.attempts).toBeGreaterThan(1))
    expect((await stage.hub.deliveries()).at(-1)?.lastError).toMatch(/could not be journaled: .*record_denials/)
    expect(await readDenial()).toEqual(unmarked)
    expect(stage.auth0Calls('GET')).toBe(asked)
  } finally {
    await sql`alter function hub.record_denials_away rename to record_denials`
  }
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
  expect(await readDenial()).toEqual(marked)
})

import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { Alert, StateAlert } from '../../src/core/hub-event-types.ts'
import { alertKinds } from '../../src/core/hub-event-types.ts'
import { makeId } from '../../src/core/id.ts'
import { silentLog } from '../../src/core/log.ts'
import { makeRaiseAlert } from '../../src/events/alert.ts'
import { makeTellResolved } from '../../src/events/resolved-alert.ts'
import { install } from '../../src/host/installed.ts'
import { defineConnector } from '../../src/index.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'
import { laneOf, newEvent, personIdOf, wipe } from '../support/journal-rows.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const channel = defineConnector({ id: 'channel', on: { 'hub.alert.*': async () => {} } })
const outbound = makeOutbound({ timeoutSeconds: 1, clock: systemClock })({})
const installed = [install({ id: 'channel', connector: channel, config: {} }, { outbound, log: silentLog })]

/** One process of several on the same journal. */
function makeProcess() {
  const { queue, records } = journal
  const needs = { ingest: queue.ingest, records, installed, clock: systemClock, log: silentLog, nudge() {} }
  return { raise: makeRaiseAlert(needs), tell: makeTellResolved({ ...needs, quietSeconds: 0 }) }
}

const { raise, tell } = makeProcess()
const lane = laneOf()
const person = personIdOf('okta', '00u1')

const told = async () =>
  (await sql`
    select e.type, d.lane is not null as posted, e.data ->> 'state' as state, e.data ->> 'dedupKey' as key, e.data
    from hub.event e left join hub.delivery d on d.event_id = e.id
    where e.source = 'hub' order by e.id`) as unknown as {
    type: string
    posted: boolean
    state: string
    key: string
    data: Record<string, unknown>
  }[]
const types = async () => (await told()).map(({ type }) => type)

/** A delivery in the person's lane that stands so. */
async function stand(status: string, { code = null as string | null, attempts = 1 } = {}): Promise<string> {
  const event = newEvent()
  await journal.queue.ingest([event])
  const id = event.deliveries[0]?.id ?? ''
  await sql`update hub.delivery set status = ${status}, code = ${code}, attempts = ${attempts},
    next_attempt_at = case when ${status} = 'pending' then now() + interval '1 hour' end where id = ${id}`
  return id
}
const become = (id: string, status: string) =>
  sql`update hub.delivery set status = ${status}, code = null, next_attempt_at = null where id = ${id}`

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.source, hub.hold, hub.brake_order, hub.reversal, hub.exception cascade`
})

type Played = { raised: Omit<Alert, 'type'>; end(): Promise<unknown> }

const ofLane =
  (status: string, code: string | null, after = 'succeeded') =>
  async (): Promise<Played> => {
    const delivery = await stand(status, { code })
    return { raised: { about: lane, facts: { delivery, lane, person } }, end: () => become(delivery, after) }
  }

async function stop(why: 'brake' | 'protected'): Promise<void> {
  await stand('held', { code: why })
  await sql`insert into hub.hold (person, connector, direction, why) values (${person}, 'auth0', 'deny', ${why})`
}
const release = () =>
  journal.orders.orderHolds({
    id: makeId('ord'),
    kind: 'cancel',
    person: null,
    direction: null,
    reason: 'so',
    ...operator('ops'),
  })

/** How each state comes about, and what ends it. */
const states: Record<StateAlert, () => Promise<Played>> = {
  'hub.alert.connector_paused': async () => {
    await journal.queue.pause({ id: 'auth0', reason: '401', probeSeconds: 60 })
    const end = () =>
      journal.orders.resumeConnector({ id: makeId('ord'), connector: 'auth0', reason: 'so', ...operator('ops') })
    return { raised: { about: 'auth0', facts: {} }, end }
  },
  'hub.alert.missing_right': ofLane('pending', null),
  'hub.alert.partly_written': ofLane('pending', null),
  'hub.alert.stuck': ofLane('pending', null),
  'hub.alert.contradicted': ofLane('contradicted', null),
  'hub.alert.conflict': ofLane('held', 'conflict'),
  'hub.alert.unknown_person': ofLane('held', 'unknown_person', 'superseded'),
  'hub.alert.unknown_status': ofLane('held', 'unknown_status'),
  'hub.alert.brake': async () => {
    await stop('brake')
    return { raised: { about: 'deny', facts: {} }, end: release }
  },
  'hub.alert.protected': async () => {
    await stop('protected')
    return { raised: { about: person, facts: { person } }, end: release }
  },
  'hub.alert.refused_secrets': async () => {
    const end = () => sql`update hub.alert set seen_at = seen_at - interval '61 s'`
    return { raised: { about: 'okta', facts: { refused: 10 } }, end }
  },
  'hub.alert.silent_source': async () => {
    await sql`insert into hub.source (id) values ('okta')`
    const end = () => journal.records.recordHeartbeat([{ id: 'okta', heardSecondsAgo: 0 }])
    return { raised: { about: 'okta', facts: { hours: 168 } }, end }
  },
  'hub.alert.resync_overdue': async () => {
    await sql`insert into hub.source (id, resynced_to) values ('okta', now() - interval '1 hour')`
    return { raised: { about: 'okta', facts: {} }, end: () => sql`update hub.source set resynced_to = now()` }
  },
  'hub.alert.uncertain_grant': ofLane('uncertain', null),
  'hub.alert.contested': async () => {
    await journal.queue.ingest([newEvent()])
    for (const target of ['a', 'b', 'c'])
      await sql`insert into hub.reversal (person, connector, target) values (${person}, 'auth0', ${target})`
    const until = new Date(Date.now() + 60_000).toISOString()
    const end = () =>
      journal.orders.exceptPerson({ id: makeId('ord'), person, until, reason: 'so', ...operator('ops') })
    return { raised: { about: 'auth0 okta 00u1', facts: { connector: 'auth0', person, authorityId: '00u1' } }, end }
  },
  'hub.alert.break_glass': async () => {
    await journal.queue.ingest([newEvent()])
    await sql`
      insert into hub.signin_link (id, hash, kind, role, source, authority_id, made_by, expires_at)
      values ('lnk_1', ${'0'.repeat(64)}, 'break_glass', 'operator', 'okta', '00u1', 'ops', now() + interval '1 minute')`
    const end = () => journal.orders.reviewEmergency({ id: 'lnk_1', reason: 'so', ...operator('ops') })
    return { raised: { about: 'lnk_1', facts: { person, maker: 'ops', reason: 'a fire' } }, end }
  },
  'hub.alert.setup_changed': async () => {
    const about = 'auth0 login Action'
    const end = () => journal.records.endAlert({ type: 'hub.alert.setup_changed', about })
    return { raised: { about, facts: { detail: 'not bound', fix: 'bind it' } }, end }
  },
  'hub.alert.verification_overdue': async () => {
    await journal.queue.ingest([newEvent()])
    await sql`update hub.person set denied_at = now() where id = ${person}`
    // Of a person who left today the pace is an hour.
    await sql`insert into hub.verification (person, connector, ids_at) values (${person}, 'auth0', now() - interval '70 min')`
    const end = () => sql`update hub.verification set ids_at = now() - interval '20 min'`
    return { raised: { about: 'auth0', facts: { people: 1, lateSeconds: 4200 } }, end }
  },
}

test('every type of alert says whether it lasts or has happened (point 8)', () => {
  const lasting = Object.entries(alertKinds).flatMap(([type, kind]) => (kind === 'state' ? [type] : []))
  expect(Object.keys(states).toSorted()).toEqual(lasting.toSorted())
})

describe('it is told once that it is over, after its cause is and not before, with several hubs:', () => {
  test.each(Object.entries(states))('%s', async (name, play) => {
    const type = name as StateAlert
    const { raised, end } = await play()
    await raise({ ...raised, type })
    await Promise.all([tell(), makeProcess().tell()])
    expect(await types()).toEqual([type])

    await end()
    await Promise.all([tell(), makeProcess().tell()])
    await tell()
    const [open, over, ...more] = await told()
    expect(more).toEqual([])
    expect(open).toMatchObject({ state: 'open', posted: true, key: `${type}:${raised.about}` })
    expect(over).toMatchObject({ type: 'hub.alert.resolved', state: 'resolved', posted: true, key: open?.key })
    expect(over?.data).toMatchObject({ resolves: type, about: raised.about, whom: open?.data.whom })
    expect(over?.data.what).toMatch(/^Over after \d/)
    expect(over?.data.lastedSeconds).toBeGreaterThanOrEqual(0)
  })
})

test('of what is stuck at the brake, or at a pause, it is told that it is over when that is, and not before', async () => {
  const pause = await states['hub.alert.connector_paused']()
  const brake = await states['hub.alert.brake']()
  await raise({ type: 'hub.alert.stuck', about: 'auth0', facts: { cause: 'paused' } })
  await raise({ type: 'hub.alert.stuck', about: 'brake', facts: { cause: 'brake' } })
  await tell()
  expect(await types()).toEqual(['hub.alert.stuck', 'hub.alert.stuck'])
  await pause.end()
  await tell()
  expect((await told()).map(({ data }) => data.about)).toEqual(['auth0', 'brake', 'auth0'])
  await brake.end()
  await tell()
  expect((await told()).map(({ data }) => data.about)).toEqual(['auth0', 'brake', 'auth0', 'brake'])
})

test('each type says what happened, why, what to do, about whom, and what to type', async () => {
  await journal.queue.ingest([newEvent()])
  await sql`insert into hub.sighting (person, kind, value) values (${person}, 'login', 'lena@acme.example')`
  for (const type of Object.keys(alertKinds) as Alert['type'][]) {
    if ((type as string) === 'hub.alert.resolved') continue
    const ids = { delivery: 'dlv_1', person, event: 'evt_1', record: 'dlv_1', hour: '2026-05-14T08:00:00.000Z' }
    await raise({ type, about: lane, facts: { ...ids, error: 'Auth0 answered 500.' } })
  }
  for (const { type, data } of await told()) {
    for (const word of ['what', 'why', 'fix', 'whom']) expect(data[word], `${type} ${word}`).toMatch(/\S.{5,}/)
    expect(data.command, type).toMatch(/^npm run hub -- \w/)
    const ofNobody = ['connector_paused', 'brake', 'verification_overdue', 'batch_override']
    const isOfNobody = ofNobody.some((kind) => type === `hub.alert.${kind}`)
    expect(data.whom === 'lena@acme.example', type).toBe(!isOfNobody)
    expect(JSON.stringify(data), type).not.toContain('undefined')
  }
})

test('what is there again after it was over is told again on the same day, and over again', async () => {
  const first = await stand('pending')
  const stuck = (delivery: string) => raise({ type: 'hub.alert.stuck', about: lane, facts: { delivery } })
  await stuck(first)
  await stuck(first)
  await become(first, 'succeeded')
  await tell()
  const second = await stand('pending')
  await stuck(second)
  await stuck(second)
  await tell()
  const once = ['hub.alert.stuck', 'hub.alert.resolved', 'hub.alert.stuck']
  expect(await types()).toEqual(once)
  await become(second, 'succeeded')
  await tell()
  expect(await types()).toEqual([...once, 'hub.alert.resolved'])
})

test('the end of an alert comes to a receiver after its beginning: both go through one lane', async () => {
  const delivery = await stand('pending')
  await raise({ type: 'hub.alert.stuck', about: lane, facts: { delivery } })
  await become(delivery, 'succeeded')
  await tell()
  const lanes = await sql`select lane from hub.delivery where connector = 'channel'`
  expect(lanes).toHaveLength(2)
  expect(new Set(lanes.map((row) => row.lane)).size).toBe(1)
})

test('what was given up is not over, until newer work of the person is done', async () => {
  const delivery = await stand('pending')
  await raise({ type: 'hub.alert.missing_right', about: lane, facts: { delivery } })
  await become(delivery, 'failed')
  await tell()
  expect(await types()).toEqual(['hub.alert.missing_right'])
  await become(await stand('pending'), 'succeeded')
  await tell()
  expect(await types()).toEqual(['hub.alert.missing_right', 'hub.alert.resolved'])
})

test('work that falls due later, such as the end of a grant, keeps no alert open', async () => {
  const delivery = await stand('pending')
  await stand('pending', { attempts: 0 })
  await raise({ type: 'hub.alert.stuck', about: lane, facts: { delivery } })
  await become(delivery, 'succeeded')
  await tell()
  expect(await types()).toEqual(['hub.alert.stuck', 'hub.alert.resolved'])
})

test('the end of an alert that was only recorded is only recorded; that of a told one is always told', async () => {
  const abouts = Array.from({ length: 25 }, (_, i) => `auth0/okta/00u${i}`)
  for (const about of abouts) await raise({ type: 'hub.alert.unknown_person', about, facts: {} })
  await tell()
  const rows = await told()
  expect(rows).toHaveLength(50)
  for (const type of ['hub.alert.unknown_person', 'hub.alert.resolved']) {
    expect(rows.filter((row) => row.type === type && row.posted)).toHaveLength(20)
  }
})

test('a crash between the end and its telling leaves the telling to the next process', async () => {
  const delivery = await stand('pending')
  await raise({ type: 'hub.alert.stuck', about: lane, facts: { delivery } })
  await become(delivery, 'succeeded')
  await journal.records.endOverAlerts({ quietSeconds: 0 })
  await makeProcess().tell()
  await sql`update hub.alert set resolved_at = null`
  await makeProcess().tell()
  expect(await types()).toEqual(['hub.alert.stuck', 'hub.alert.resolved'])
})

test('an alert that was raised a moment ago is not over yet: its cause may not be settled', async () => {
  const delivery = await stand('succeeded')
  await raise({ type: 'hub.alert.conflict', about: lane, facts: { delivery } })
  await journal.records.endOverAlerts({ quietSeconds: 60 })
  expect(await journal.records.listOverAlerts()).toEqual([])
})

test('one alert raised twice in one commit is one', async () => {
  const raised = { type: 'hub.alert.brake', about: 'deny', facts: {} } as const
  await stop('brake')
  await Promise.all(['08', '09', '10'].map((occasion) => raise({ ...raised, occasion })))
  expect(await types()).toHaveLength(3)
  expect(await sql`select 1 from hub.alert`).toHaveLength(1)
})

test('a key of more than 255 letters is shortened to one that stays the same', async () => {
  const about = `auth0/okta/email:${'x'.repeat(400)}`
  await raise({ type: 'hub.alert.stuck', about, facts: {} })
  await tell()
  const keys = (await told()).map(({ key }) => key)
  expect(keys[0]).toHaveLength(255)
  expect(keys[1]).toBe(keys[0])
})

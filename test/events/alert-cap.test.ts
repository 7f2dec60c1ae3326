import { beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { makeRaiseAlert, makeTellWithheld, type RaiseAlert } from '../../src/events/alert.ts'
import { install } from '../../src/host/installed.ts'
import { defineConnector } from '../../src/index.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const channel = defineConnector({ id: 'channel', on: { 'hub.alert.*': async () => {} } })
const outbound = makeOutbound({ timeoutSeconds: 1, clock: systemClock })({})
const installed = [install({ id: 'channel', connector: channel, config: {} }, { outbound, log: silentLog })]

function makeProcess(): RaiseAlert {
  const { queue, records } = journal
  return makeRaiseAlert({ ingest: queue.ingest, records, installed, clock: systemClock, log: silentLog, nudge() {} })
}

const raiseAlert = makeProcess()
const tellWithheld = makeTellWithheld({ records: journal.records, raiseAlert })
const unknown = (i: number) => ({ type: 'hub.alert.unknown_person', about: `auth0/okta/00u${i}`, facts: {} }) as const

const counts = async () => {
  const [row] = await sql`
    select (select count(*)::int from hub.event where source = 'hub') as events,
      (select count(*)::int from hub.delivery where connector = 'channel') as posts`
  return row
}
const endHour = () => sql`update hub.alert_hour set hour = hour - interval '1 hour'`

beforeEach(() => wipe(sql))

test('of a hundred alerts of one type in an hour twenty are posted, all are recorded, and the rest is told as a number (attack 12)', async () => {
  const another = makeProcess()
  for (let i = 0; i < 100; i++) await (i % 2 === 0 ? raiseAlert : another)(unknown(i))
  expect(await counts()).toEqual({ events: 100, posts: 20 })
  await tellWithheld()
  expect(await counts()).toEqual({ events: 100, posts: 20 })

  await endHour()
  await Promise.all([tellWithheld(), tellWithheld()])
  await tellWithheld()
  expect(await counts()).toEqual({ events: 101, posts: 21 })
  const [more] = await sql`select data from hub.event where type = 'hub.alert.more'`
  expect(more?.data).toMatchObject({ about: 'hub.alert.unknown_person', count: 80 })
})

test('an alert that the journal has already takes no place of another (attack 12)', async () => {
  for (let i = 0; i < 50; i++) await raiseAlert(unknown(0))
  for (let i = 1; i < 20; i++) await raiseAlert(unknown(i))
  expect(await counts()).toEqual({ events: 20, posts: 20 })
  await endHour()
  await tellWithheld()
  expect(await counts()).toEqual({ events: 20, posts: 20 })
})

test('many alerts of one type keep back none of another, nor of the next hour (attack 12)', async () => {
  for (let i = 0; i < 30; i++) await raiseAlert(unknown(i))
  await raiseAlert({ type: 'hub.alert.stuck', about: 'auth0/okta/00u1', facts: {} })
  expect(await counts()).toEqual({ events: 31, posts: 21 })
  await endHour()
  await raiseAlert(unknown(40))
  expect(await counts()).toEqual({ events: 32, posts: 22 })
})

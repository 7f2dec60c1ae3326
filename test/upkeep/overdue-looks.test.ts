import { expect, test } from 'vitest'
import { checkAlerts } from '../../src/cli/commands/doctor/examine-journal.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Alert } from '../../src/core/hub-event-types.ts'
import { silentLog } from '../../src/core/log.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { install } from '../../src/host/installed.ts'
import { defineConnector } from '../../src/index.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'
import { makeVerification } from '../../src/upkeep/verification.ts'
import { newEvent, personIdOf, wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const plan = async () => ({ changes: [] })
const connector = defineConnector({ id: 'auth0', sync: { on: [], plan, apply: async () => {} } })
const outbound = makeOutbound({ timeoutSeconds: 1, clock: systemClock })({})
const installed = [install({ id: 'auth0', connector, config: {} }, { outbound, log: silentLog })]

function makeLooks(overdueGraceSeconds: number) {
  const told: Alert[] = []
  const raiseAlert = async (alert: Alert) => void told.push(alert)
  const timing = { ...defaultUpkeepTiming, overdueGraceSeconds }
  const queueVerifications = async () => {}
  const needs = { journal, installed, queueVerifications, raiseAlert, searchDays: 90, timing, clock: systemClock }
  return { told, looks: makeVerification(needs) }
}

test('a look that is later than its pace by more than the pace is alerted, though not right after the start', async () => {
  await wipe(sql)
  await journal.queue.ingest([newEvent()])
  const person = personIdOf('okta', '00u1')
  await sql`update hub.person set denied_at = now() where id = ${person}`
  await sql`insert into hub.connector (id, paused_since, paused_until) values ('auth0', now(), 'infinity')
    on conflict (id) do update set paused_until = excluded.paused_until`
  // The pace of a person who left today is an hour; the work of a paused connector waits.
  const lateBy = (late: string) => sql`
    insert into hub.verification (person, connector, ids_at) values (${person}, 'auth0', now() - ${late}::interval)
    on conflict (person, connector) do update set ids_at = excluded.ids_at`
  const [fresh, { told, looks }] = [makeLooks(1800), makeLooks(0)]

  await lateBy('59 minutes')
  await looks.queueDue()
  expect(told).toEqual([])
  await lateBy('70 minutes')
  await fresh.looks.queueDue()
  expect(fresh.told).toEqual([])
  await looks.queueDue()
  expect(told).toMatchObject([{ type: 'hub.alert.verification_overdue', about: 'auth0', facts: { people: 1 } }])
})

test('doctor lists the alerts that are open with their age, the oldest ten each, and counts the rest', () => {
  const now = new Date('2026-05-14T10:00:00Z')
  const rows = Array.from({ length: 12 }, (_, i) => ({
    ...{ event: `evt_${i}`, type: 'hub.alert.stuck' as const, about: `lane ${i}`, told: i > 0 },
    openedAt: '2026-05-14T08:00:00Z',
  }))
  const checks = checkAlerts(rows, now)
  expect(checks).toHaveLength(11)
  expect(checks[0]).toMatchObject({
    status: 'warning',
    detail: expect.stringMatching(/about lane 0 .*open for 2 h.*only/),
  })
  expect(checks[0]?.fix).toContain('npm run hub -- show evt_0')
  expect(checks.at(-1)?.detail).toContain('2 more alerts')
  expect(checkAlerts([], now)).toEqual([])
})

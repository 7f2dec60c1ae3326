import { expect, test } from 'vitest'
import type { AskedAccess } from '../../../src/core/access.ts'
import { makeId } from '../../../src/core/id.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

const request = {
  subject: { email: 'lena@acme.test', givenName: 'Lena', familyName: null },
  application: { id: 'crm', instanceId: 'eu', label: 'CRM' },
  permissions: [{ value: 'billing', label: 'Billing', source: 'OKTA', target: 'role:1' }],
  accessLengthSeconds: 3600,
  comment: 'For the audit',
  taskUrl: null,
  fields: [{ prompt: 'Floor', response: '3' }],
}
const facts = {
  source: 'lumos',
  authority: 'okta',
  receivedAt: '2026-05-14T12:00:00.000Z',
  until: '2026-05-14T13:00:00.000Z',
  whole: false,
  endsAccess: true,
}
const asked: AskedAccess = { ...request, ...facts, unmapped: true }

test('a request is stored nested, as an older hub reads it, and claimed flat', async () => {
  const event = newEvent({ person: null, kind: 'on' })
  const [delivery] = event.deliveries
  if (!delivery) throw new Error('The event has a delivery.')
  const id = makeId('dlv')
  const inline = { asked, accesses: ['["eu","billing"]'], deadlineInSeconds: 10, dedupeKey: null }
  await ingest(sql, [[{ ...event, deliveries: [{ ...delivery, id, kind: 'deprovision', inline }] }]])

  const [row] = await sql<{ request: unknown }[]>`select request from hub.delivery where id = ${id}`
  expect(row?.request).toEqual({ request, ...facts, unmapped: true })
  const lanes = await claim(sql, { limit: 10, leaseSeconds: 30 })
  const claimed = lanes.flatMap(({ deliveries }) => deliveries).find((one) => one.id === id)
  expect(claimed?.inline?.asked).toEqual(asked)
})

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeId } from '../../../src/core/id.ts'
import type { NewEvent } from '../../../src/core/queue.ts'
import type { FollowingRevoke } from '../../../src/journal/access/settle-access.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { newEvent, personIdOf, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const authorityId = '00u1'
const person = { id: personIdOf('okta', authorityId), source: 'okta', authorityId }
const personLane = `vault/okta/${authorityId}`
const emailLane = 'vault/okta/email:lena@acme-demo.test'

const inLane = (event: NewEvent, lane: string): NewEvent => ({
  ...event,
  deliveries: event.deliveries.map((delivery) => ({ ...delivery, lane, connector: 'vault' })),
})
const news = () => inLane(newEvent({ person: authorityId }), personLane)
const revoke = () => inLane(newEvent({ person: null, kind: 'on' }), emailLane)

const deadlocks = async () => {
  // A backend tells its numbers at most once a second.
  await sleep(1200)
  const [row] = await sql`select deadlocks::int as n from pg_stat_database where datname = current_database()`
  return row?.n
}

test('a revoke that is queued in a person’s lane deadlocks with neither that lane’s settlement nor news for both', async () => {
  await wipe(sql)
  const before = await deadlocks()
  for (let round = 0; round < 30; round++) {
    await ingest(sql, [[news(), revoke()]])
    const lanes = await claim(sql, { limit: 2, leaseSeconds: 30 })
    const settlements = lanes.map((lane) => {
      if (lane.key === personLane) return settlementOf(lane, { person: { id: person.id, state: denied() } })
      const following = lane.deliveries.map(({ id }) => follow(id))
      return settlementOf(lane, { access: { granted: [], ended: [], revokes: following } })
    })
    await Promise.all([
      ...settlements.map((settlement) => settle(sql, settlement)),
      ...[1, 2, 3, 4].map(() => ingest(sql, [[revoke(), news()]])),
    ])
  }
  expect(await deadlocks()).toBe(before)
}, 120_000)

function denied() {
  const readAt = new Date().toISOString()
  const rest = { statusChangedAt: null, emails: [], logins: [] }
  return { authorityId, status: 'DEPROVISIONED', access: 'deny' as const, readAt, ...rest }
}

function follow(from: string): FollowingRevoke {
  const application = { id: 'app', instanceId: null, label: 'App' }
  const subject = { email: 'lena@acme-demo.test', givenName: null, familyName: null }
  const rest = { permissions: [], accessLengthSeconds: null, comment: null, taskUrl: null, fields: null }
  const times = { receivedAt: new Date().toISOString(), until: null }
  const asked = {
    ...{ application, subject, ...rest },
    source: 'lumos',
    authority: 'okta',
    ...times,
    whole: false,
    endsAccess: false,
  }
  return {
    id: makeId('dlv'),
    from,
    lane: personLane,
    connector: 'vault',
    person,
    inline: { asked, accesses: [], deadlineInSeconds: 0, dedupeKey: null },
    due: { inSeconds: 0 },
    grants: null,
  }
}

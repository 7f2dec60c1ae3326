import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { Connector } from '../../src/core/connector.ts'
import { personId } from '../../src/core/id.ts'
import { silentLog } from '../../src/core/log.ts'
import { defaultInlinePolicy } from '../../src/core/policy.ts'
import { makeQueueSync } from '../../src/events/resync-event.ts'
import type { Installed } from '../../src/host/installed.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { makePulse } from '../../src/outbound/pulse.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

const target: Connector = { id: 'target', sync: { on: [], plan: () => ({ changes: [] }), apply: () => {} } }
const authority: Connector = { id: 'okta' }

function installed(connector: Connector): Installed {
  const none = async () => undefined
  const http = () => {
    throw new Error('nothing is called here')
  }
  return {
    id: connector.id,
    connector,
    config: {},
    log: silentLog,
    inline: defaultInlinePolicy,
    callSeconds: 1,
    http,
    client: none,
    noteFault: () => {},
    reconnect: () => {},
    renewRights: () => false,
    isRefused: async () => false,
    pulse: makePulse({ clock: systemClock }),
  }
}

function queue(nudge = () => {}) {
  return makeQueueSync({
    ingest: makeJournal(db.sql).queue.ingest,
    installed: [installed(authority), installed(target)],
    clock: systemClock,
    nudge,
  })
}

test('a queued person is of their own source, whoever journaled it, and stands in the lane of their hooks', async () => {
  const person = { source: 'okta', authorityId: '00uqueued1' }
  expect(await queue()([person], { reason: 'a test' })).toBe(1)

  const id = personId(person)
  expect(await db.sql`select source, authority_id from hub.person where id = ${id}`).toEqual([
    { source: 'okta', authority_id: '00uqueued1' },
  ])
  expect(
    await db.sql`
    select e.source, e.type, e.person, e.data, d.lane, d.connector, d.kind, d.hint, d.direction, l.authority
    from hub.event e join hub.delivery d on d.event_id = e.id join hub.lane l on l.key = d.lane
    where e.person = ${id}`,
  ).toEqual([
    {
      source: 'hub',
      type: 'hub.resync',
      person: id,
      data: { reason: 'a test' },
      lane: 'target/okta/00uqueued1',
      connector: 'target',
      kind: 'sync',
      hint: 'neutral',
      direction: 'deny',
      authority: 'okta',
    },
  ])
})

test('the same person queued again is looked at again, but once within one queueing', async () => {
  const person = { source: 'okta', authorityId: '00uqueued2' }
  await queue()([person, person], { reason: 'first' })
  await queue()([person], { reason: 'second' })
  const rows = await db.sql`select data ->> 'reason' as reason from hub.event where person = ${personId(person)}
    order by id`
  expect(rows.map(({ reason }) => reason).sort()).toEqual(['first', 'second'])
})

test('many people go in batches, and each batch wakes the drain', async () => {
  let nudged = 0
  const people = Array.from({ length: 250 }, (_, i) => ({ source: 'okta', authorityId: `00umany${i}` }))
  expect(await queue(() => void nudged++)(people, { reason: 'many' })).toBe(250)
  expect(nudged).toBe(3)
  const [row] = await db.sql`select count(*)::int as count from hub.delivery where lane like 'target/okta/00umany%'`
  expect(row?.count).toBe(250)
})

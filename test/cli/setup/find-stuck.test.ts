import { beforeEach, expect, test } from 'vitest'
import { findStuck } from '../../../src/cli/setup/open-journal.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { newEvent, personIdOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)

beforeEach(() => wipe(sql))

const pauseForLong = (id: string) => journal.queue.pause({ id, reason: 'It answered 401', probeSeconds: 3600 })

async function peopleStuck(filter: Partial<Parameters<typeof findStuck>[1]> = {}): Promise<(string | null)[]> {
  const { rows } = await findStuck(journal, { limit: 50, ...filter })
  return rows.map(({ person }) => person)
}

test('work of a paused connector is found however much newer work waits elsewhere', async () => {
  await ingest(sql, [[newEvent({ person: '00uold', connector: 'paused' })]])
  await ingest(sql, [Array.from({ length: 1200 }, (_, i) => newEvent({ person: `00u${i}`, connector: 'working' }))])
  await pauseForLong('paused')
  expect(await peopleStuck()).toEqual([personIdOf('okta', '00uold')])
})

test('work that waits for a paused authority is found, whichever source brought it', async () => {
  const person = { id: personIdOf('okta_eu', '00u1'), authorityId: '00u1', source: 'okta_eu' }
  // A resync's event is the hub's own; the lane is the person's.
  await ingest(sql, [[{ ...newEvent({ source: 'okta_eu' }), source: 'hub', type: 'hub.resync', person }]])
  await ingest(sql, [[newEvent({ person: '00u2', source: 'okta_us' })]])
  await pauseForLong('okta_eu')
  expect(await peopleStuck()).toEqual([person.id])
})

test('a filter chooses among all that is stuck, not among the newest of it', async () => {
  await ingest(sql, [[newEvent({ person: '00uold', connector: 'first' })]])
  await ingest(sql, [Array.from({ length: 60 }, (_, i) => newEvent({ person: `00u${i}`, connector: 'second' }))])
  await pauseForLong('first')
  await pauseForLong('second')
  expect(await peopleStuck({ connector: 'first' })).toEqual([personIdOf('okta', '00uold')])
})

test('a grant that nothing can clear up is not stuck: it has no next attempt', async () => {
  await ingest(sql, [[newEvent(), newEvent({ person: '00u2' })]])
  await sql`update hub.delivery set status = 'uncertain', attempts = 30`
  await sql`update hub.delivery set next_attempt_at = null where person = ${personIdOf('okta', '00u1')}`
  expect(await peopleStuck()).toEqual([personIdOf('okta', '00u2')])
})

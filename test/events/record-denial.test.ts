import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { PersonState } from '../../src/core/person.ts'
import { makeRecordDenial } from '../../src/events/record-denial.ts'

const readAt = '2026-05-01T08:00:00.000Z'
const statusChangedAt = '2026-05-01T07:59:58.000Z'
const left: PersonState = {
  ...{ authorityId: '00u1', status: 'DEPROVISIONED', access: 'deny', statusChangedAt, readAt },
  ...{ emails: ['lena@acme.test'], logins: [] },
}

/** How often the journal was asked for a record after this read of a person whom it has in this state. */
async function countRecords(known: PersonState | null, state: PersonState): Promise<number> {
  let records = 0
  const nudge = () => {
    throw new Error('No lane was woken.')
  }
  const recordDenial = makeRecordDenial({
    queue: { recordDenial: async () => Boolean(++records) },
    ...{ installed: [], clock: systemClock, nudge },
  })
  const person = { id: 'per_1', source: 'okta', authorityId: '00u1', state: known, sightings: [] }
  await recordDenial({ person, state, lane: { key: 'auth0/okta/00u1', epoch: 1 }, traceId: null })
  return records
}

test.each<{ whom: string; known: PersonState | null; state?: Partial<PersonState>; records: number }>([
  { whom: 'whom nobody has read before', known: null, records: 1 },
  { whom: 'who was let in by the last read', known: { ...left, access: 'allow' }, records: 1 },
  { whom: 'whose last status decided nothing', known: { ...left, access: 'unchanged' }, records: 1 },
  { whom: 'who has left already, by the same change of status', known: left, records: 0 },
  {
    whom: 'who is gone, and was gone',
    known: { ...left, statusChangedAt: null },
    state: { statusChangedAt: null },
    records: 0,
  },
  { whom: 'who was denied by an earlier change of status', known: { ...left, statusChangedAt: readAt }, records: 1 },
  { whom: 'who may come in', known: left, state: { access: 'allow' }, records: 0 },
  { whom: 'of whose access nothing can be told', known: null, state: { access: 'unknown' }, records: 0 },
])(
  'a person $whom costs $records transactions, and wakes no lane where none hears of it',
  async ({ known, state, records }) => {
    expect(await countRecords(known, { ...left, ...state })).toBe(records)
  },
)

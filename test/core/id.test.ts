import { expect, test } from 'vitest'
import { makeId, personId } from '../../src/core/id.ts'

const at = (ms: number) => ({ now: () => new Date(ms) })

test('ids sort by the moment they were made', () => {
  const ids = [0, 1, 31, 32, 1_700_000_000_000, 1_800_000_000_000].map((ms) => makeId('evt', at(ms)))
  expect([...ids].sort()).toEqual(ids)
  expect(ids[5]).toMatch(/^evt_[0-9a-hjkmnp-tv-z]{26}$/)
})

test('ids made in the same millisecond differ', () => {
  expect(new Set(Array.from({ length: 1000 }, () => makeId('dlv', at(5)))).size).toBe(1000)
})

test('a person has the same id wherever it is computed', async () => {
  const person = { source: 'okta', authorityId: '00u1' }
  expect(personId(person)).toBe(personId({ ...person }))
  expect(personId(person)).toMatch(/^per_[0-9a-hjkmnp-tv-z]{32}$/)
})

test('one id in two orgs is two people, also where the names could run into each other', async () => {
  const ids = await Promise.all([
    personId({ source: 'okta', authorityId: '00u1' }),
    personId({ source: 'okta_eu', authorityId: '00u1' }),
    personId({ source: 'okta0', authorityId: '0u1' }),
  ])
  expect(new Set(ids).size).toBe(3)
})

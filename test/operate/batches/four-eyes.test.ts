import { expect, test } from 'vitest'
import type { BatchActor } from '../../../src/core/batch.ts'
import { decideEyes, needsTwo } from '../../../src/operate/batches/four-eyes.ts'

const ann: BatchActor = { by: 'Ann', account: 'okta|ann', role: 'operator', way: 'console' }
const ben: BatchActor = { by: 'Ben', account: 'okta|ben', role: 'operator', way: 'console' }
const annAgain: BatchActor = { ...ann, by: 'somebody else' }
const token: BatchActor = { by: 'Ben (token)', account: 'tok_1', role: 'admin', way: 'api' }

test.each([
  ['one is enough: a token applies alone', token, { eyes: 'nobody', two: false, applied: null }, 'approved'],
  ['a person is the first of two', ann, { eyes: 'person', two: true, applied: null }, 'first'],
  ['another person is the second', ben, { eyes: 'person', two: true, applied: ann }, 'approved'],
  ['the same person under another name is not', annAgain, { eyes: 'person', two: true, applied: ann }, 'same_person'],
  ['a token is not the first', token, { eyes: 'nobody', two: true, applied: null }, 'refused'],
  ['a token is not the second', token, { eyes: 'nobody', two: true, applied: ann }, 'refused'],
  ['who has the machine overrides', ben, { eyes: 'override', two: true, applied: null }, 'overridden'],
  ['and as the second too: they may be the first', ben, { eyes: 'override', two: true, applied: ann }, 'overridden'],
] as const)('%s', (_what, operator, asked, decision) => {
  expect(decideEyes(operator, asked)).toBe(decision)
})

test('two people are needed beyond the number that is set, and always to cancel lockouts or to end observing', () => {
  const two = (people: number, fourEyesPeople: number, cancelsDenials = false) =>
    needsTwo({ act: 'replay', people, cancelsDenials }, { fourEyesPeople })
  expect([two(20, 20), two(21, 20), two(100_000, 0), two(2, 1)]).toEqual([false, true, false, true])
  expect([two(1, 20, true), two(1, 0, true)]).toEqual([true, true])
  expect(needsTwo({ act: 'enforce', people: 1, cancelsDenials: false }, { fourEyesPeople: 0 })).toBe(true)
})

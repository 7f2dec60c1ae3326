import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesAnySecret } from '../../src/core/crypto.ts'

test('only a whole and verbatim secret matches', () => {
  for (const wrong of ['', 'old', 'Old-Secret', 'old-secret ', 'old-secretold-secret']) {
    expect(matchesAnySecret(wrong, ['new-secret', 'old-secret'])).toBe(false)
  }
})

test('every secret of a rotation matches', () => {
  expect(matchesAnySecret('new', ['new', 'old'])).toBe(true)
  expect(matchesAnySecret('old', ['new', 'old'])).toBe(true)
})

test('nothing matches an empty list', () => {
  expect(matchesAnySecret('', [])).toBe(false)
})

test('matching agrees with equality', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.array(fc.string()),
      (given, secrets) => matchesAnySecret(given, secrets) === secrets.includes(given),
    ),
  )
})

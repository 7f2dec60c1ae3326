import { expect, test } from 'vitest'
import { pickSample } from '../../src/core/pick-sample.ts'

const all = Array.from({ length: 50 }, (_, i) => `person ${i}`)
const pick = (from: readonly string[], seed: string, count = 5) =>
  pickSample(from, { count, seed, keyOf: (one) => one })

test('a seed picks the same ones in whatever order they come, and another seed others', () => {
  expect(pick(all.toReversed(), 'a')).toEqual(pick(all, 'a'))
  expect(pick(all, 'b')).not.toEqual(pick(all, 'a'))
  expect(new Set(pick(all, 'a')).size).toBe(5)
})

test('a larger sample has all of a smaller one, and at most all there are', () => {
  expect(pick(all, 'a', 9).slice(0, 5)).toEqual(pick(all, 'a'))
  expect(pick(all, 'a', 99)).toHaveLength(50)
})

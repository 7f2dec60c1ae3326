import { expect, test } from 'vitest'
import { findClosest } from '../../../src/cli/terminal/wrong-usage.ts'

const known = ['start', 'deliveries', 'show', 'person', 'replay', 'recover']

test.each([
  ['delivries', 'deliveries'],
  ['sohw', 'show'],
  ['re', 'replay'],
  ['perso', 'person'],
  ['replays', 'replay'],
])('%s means %s', (word, expected) => {
  expect(findClosest(word, known)).toBe(expected)
})

test.each(['x', 'install', 'zzzzzz'])('%s means nothing that is known', (word) => {
  expect(findClosest(word, known)).toBeUndefined()
})

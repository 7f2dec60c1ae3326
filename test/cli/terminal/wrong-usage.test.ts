import { expect, test } from 'vitest'
import { closest } from '../../../src/cli/terminal/wrong-usage.ts'

const known = ['start', 'deliveries', 'show', 'person', 'replay', 'recover']

test.each([
  ['delivries', 'deliveries'],
  ['sohw', 'show'],
  ['re', 'replay'],
  ['perso', 'person'],
  ['replays', 'replay'],
])('%s means %s', (word, expected) => {
  expect(closest(word, known)).toBe(expected)
})

test.each(['x', 'install', 'zzzzzz'])('%s means nothing that is known', (word) => {
  expect(closest(word, known)).toBeUndefined()
})

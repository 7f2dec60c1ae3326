import { expect, test } from 'vitest'
import { readSights } from '../../src/core/sight.ts'

const asked = ['a', 'b', 'c']

test('a target that a full answer leaves out is unknown, and not gone', () => {
  const seen = readSights(
    {
      sights: [
        { target: 'a', state: 'had' },
        { target: 'b', state: 'invited' },
      ],
    },
    asked,
  )
  expect(seen).toMatchObject({ had: ['a', 'b'], invited: ['b'], unknown: [{ target: 'c' }] })
})

test('a plain list answers for the targets that it leaves out', () => {
  expect(readSights(['a'], asked)).toMatchObject({ had: ['a'], unknown: [], nobody: [] })
  expect(readSights(null, asked)).toBeNull()
})

test.each([undefined, 'a', {}, { targets: [] }])('%j is no answer, and concludes nothing', (answer) => {
  expect(() => readSights(answer, asked)).toThrow('neither')
})

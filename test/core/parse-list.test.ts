import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseList } from '../../src/core/parse-list.ts'

const element = z.object({ id: z.string() })

test('reads what fits, counts what does not, and takes a null for nothing', () => {
  expect(parseList(element, [{ id: 'a' }, null, { id: 7 }, { id: 'b', more: 1 }])).toEqual({
    items: [{ id: 'a' }, { id: 'b' }],
    odd: 1,
  })
  expect(parseList(element, [])).toEqual({ items: [], odd: 0 })
})

test('does not conclude from a list in which nothing fits, or from no list', () => {
  expect(parseList(element, [null, { id: 7 }])).toBeNull()
  expect(parseList(element, { id: 'a' })).toBeNull()
})

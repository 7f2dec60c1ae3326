import { expect, test } from 'vitest'
import { toCanonicalJson } from '../../src/core/canonical-json.ts'

test('one value has one text, in whatever order its fields came', () => {
  expect(toCanonicalJson({ b: [1, { d: null, c: 'x"y' }], a: undefined, aa: 1.5 })).toBe(
    '{"aa":1.5,"b":[1,{"c":"x\\"y","d":null}]}',
  )
  expect(toCanonicalJson({ y: 1, x: 2 })).toBe(toCanonicalJson({ x: 2, y: 1 }))
})

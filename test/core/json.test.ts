import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Json, jsonText } from '../../src/core/json.ts'

describe('jsonText', () => {
  test('writes what JSON.stringify gives up on, as JSON.stringify would', () => {
    const levels = 100_000
    const text = `${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}`
    expect(() => JSON.stringify(JSON.parse(text))).toThrow(RangeError)
    expect(jsonText(JSON.parse(text))).toBe(text)
  })

  test('says the same as JSON.stringify of any value, however deep it lies', () => {
    const levels = 20_000
    const wrap = (text: string) => `${'['.repeat(levels)}${text}${']'.repeat(levels)}`
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(jsonText(value as Json)).toBe(text)
        expect(jsonText(JSON.parse(wrap(text)))).toBe(wrap(text))
      }),
      { numRuns: 30 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PermanentError } from '../../src/core/errors.ts'
import { parseFields } from '../../src/core/parse-fields.ts'

const fields = z.object({ floor: z.coerce.number().int(), costCentre: z.string().optional() })
const failure = (raw: unknown, schema: z.ZodObject = fields): Error => {
  try {
    parseFields(schema, raw)
  } catch (thrown) {
    if (thrown instanceof Error) return thrown
  }
  throw new Error('nothing was thrown')
}

describe('fields that fit', () => {
  test.each([
    ['an object', { floor: '3', costCentre: 'C1' }],
    [
      'a list of prompts',
      [
        { prompt: 'floor', response: '3' },
        { prompt: 'costCentre', response: 'C1' },
      ],
    ],
    [
      'prompts as people write them',
      [
        { prompt: 'Floor?', response: '3' },
        { prompt: 'Cost centre:', response: 'C1' },
      ],
    ],
    ['more than the schema asks for', { floor: 3, costCentre: 'C1', colour: 'red', constructor: 'x' }],
  ])('are read from %s', (_, raw) => {
    expect(parseFields(fields, raw)).toEqual({ floor: 3, costCentre: 'C1' })
  })

  test('are read from the prompt that is the very key, when another is only like it', () => {
    expect(parseFields(fields, { Floor: '4', floor: '3' })).toEqual({ floor: 3 })
  })

  test.each([null, undefined, [], {}])('are none in %j, which is enough where all is optional', (raw) => {
    expect(parseFields(fields.partial(), raw)).toEqual({})
  })

  test('are not read at all without a schema', () => {
    expect(parseFields(undefined, { floor: '3' })).toBeUndefined()
    expect(parseFields(undefined, 'anything')).toBeUndefined()
  })
})

describe('fields that do not fit', () => {
  test.each([
    ['missing', null, 'The field "floor" is missing.'],
    ['null', { floor: null }, 'The field "floor" is missing.'],
    ['blank', [{ prompt: 'Floor', response: ' ' }], 'The field "floor" is missing.'],
    ['no number', { floor: 'the-third' }, 'The field "floor" is not a number.'],
    ['a part of one', { floor: '3.5' }, 'The field "floor" is not a number.'],
    ['of a wrong type', { floor: 3, costCentre: { a: 1 } }, 'The field "costCentre" is of the wrong type.'],
    [
      'answered twice',
      [
        { prompt: 'floor', response: '3' },
        { prompt: 'floor', response: '4' },
      ],
      'The field "floor" is answered twice, and not the same.',
    ],
  ])('are refused when one is %s, by name', (_, raw, message) => {
    const thrown = failure(raw)
    expect(thrown).toBeInstanceOf(PermanentError)
    expect(thrown.message).toBe(message)
  })

  test('are named all at once', () => {
    expect(failure({ costCentre: 5 }).message).toMatch(/"floor" is missing.*"costCentre" is of the wrong type/)
  })

  test.each(['text', 7, [1], [{ response: '3' }]])('are refused in a form that nobody knows: %j', (raw) => {
    expect(failure(raw)).toBeInstanceOf(PermanentError)
  })

  test('never show in the error, whatever they are', () => {
    const strict = z.object({
      floor: z.coerce.number().max(9),
      mail: z.email(),
      kind: z.enum(['door', 'gate']),
      more: z.strictObject({ a: z.string() }),
    })
    const marked = fc.string().map((text) => `canary-${text}`)
    fc.assert(
      fc.property(marked, fc.boolean(), (value, asKey) => {
        const more = asKey ? { a: 'x', [value]: 1 } : value
        const raw = { floor: value, mail: value, kind: value, more }
        expect(failure(raw, strict).message).not.toContain('canary-')
      }),
    )
  })

  test('end as a PermanentError or as what the schema promises, whatever JSON comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        try {
          const { floor } = parseFields(fields, raw) as { floor: number }
          expect(Number.isInteger(floor)).toBe(true)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(PermanentError)
        }
      }),
    )
  })
})

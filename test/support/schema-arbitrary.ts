import fc from 'fast-check'

type Schema = Record<string, unknown>

/**
 * Values that fit a JSON Schema as the API's document has them: objects with what is required and some of the rest, texts
 * of a form, numbers within bounds. A part that it does not know is any JSON.
 */
export function makeFitting(schema: Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]))
  if ('const' in schema) return fc.constant(schema.const)
  const options = schema.anyOf ?? schema.oneOf
  if (Array.isArray(options)) return fc.oneof(...(options as Schema[]).map(makeFitting))
  if (schema.type === 'object') return makeObject(schema)
  if (schema.type === 'array') return fc.array(makeFitting((schema.items ?? {}) as Schema), { maxLength: 3 })
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') return fc.integer(boundsOf(schema))
  if (schema.type === 'number') return fc.double({ ...boundsOf(schema), noNaN: true })
  if (schema.type === 'string') return makeText(schema)
  return fc.jsonValue()
}

function makeObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties as Record<string, Schema>)
  const model = Object.fromEntries(fields.map(([name, schema]) => [name, makeFitting(schema)]))
  return fc.record(model, { requiredKeys: required as string[] })
}

function makeText({ format, pattern, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc.constantFrom(
      ...['1970-01-01T00:00:00Z', '2090-01-01T00:00:00Z', '9999-12-31T23:59:59+14:00', '9999-12-31T23:59:59-14:00'],
      ...['2026-05-14T08:30:00+23:59', `2026-05-14T08:30:00.${'1'.repeat(150)}Z`],
    )
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern))
  const bounds = { minLength: Number(minLength), maxLength: Math.min(Number(maxLength), 200) }
  return fc.oneof(fc.string(bounds), fc.string({ ...bounds, unit: 'grapheme' }))
}

function boundsOf({ minimum = -1_000_000, maximum = 1_000_000 }: Schema): { min: number; max: number } {
  return { min: Math.max(Number(minimum), -1_000_000_000), max: Math.min(Number(maximum), 1_000_000_000) }
}

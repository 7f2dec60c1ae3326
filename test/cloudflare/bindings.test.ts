import { expect, test } from 'vitest'
import { readBindings } from '../../src/cloudflare/bindings.ts'

const queue = { send: async () => {}, sendBatch: async () => {} }
const whole = { HYPERDRIVE: { connectionString: 'postgres://a:b@c/d' }, NUDGES: queue }

test('what is text is a setting, and a binding is none', () => {
  const { environment, bindings, problems } = readBindings({ ...whole, HUB_MODE: 'observe', OTHER: { a: 1 } })
  expect(environment).toEqual({ HUB_MODE: 'observe' })
  expect(bindings).toEqual(whole)
  expect(problems).toEqual([])
})

test('every binding that is missing is named, with what to write where', () => {
  const { bindings, problems } = readBindings({ HYPERDRIVE: 'postgres://a:b@c/d' })
  expect(bindings).toBeNull()
  expect(problems.map(({ setting }) => setting)).toEqual(['HYPERDRIVE', 'NUDGES'])
  for (const { fix } of problems) expect(fix).toContain('wrangler.toml')
})

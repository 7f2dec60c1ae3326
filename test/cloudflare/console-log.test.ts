import { expect, test } from 'vitest'
import { makeConsoleLog } from '../../src/cloudflare/console-log.ts'
import { declareSecret } from '../../src/core/redact.ts'
import { makeWorkScope } from '../../src/runtime/work-scope.ts'

const lines: string[] = []
const scope = makeWorkScope()
const log = makeConsoleLog({ level: 'info', scope, write: (line) => void lines.push(line) })

function written(): Record<string, unknown> {
  return JSON.parse(lines.pop() ?? '{}')
}

test('a line is a JSON text of the form that the Node process writes', () => {
  log.info({ source: 'okta' }, 'Journaled a hook')
  expect(written()).toMatchObject({ level: 'info', source: 'okta', msg: 'Journaled a hook' })
})

test('a secret comes out neither in a fact nor in an error', () => {
  declareSecret('a-secret-of-an-edge')
  log.error({ note: 'a-secret-of-an-edge', err: new Error('a-secret-of-an-edge was refused') }, 'Failed')
  expect(lines.at(-1)).toContain('was refused')
  expect(lines.at(-1)).not.toContain('a-secret-of-an-edge')
})

test('a line below the level is not written', () => {
  const before = lines.length
  log.debug({}, 'Nothing')
  expect(lines).toHaveLength(before)
  expect(log.isLevelEnabled?.('debug')).toBe(false)
})

test('a line bears the facts of the work that writes it', async () => {
  await scope.run({ request_id: 'r1', connector: 'auth0' }, async () => log.info({}, 'Called'))
  expect(written()).toMatchObject({ request_id: 'r1', connector: 'auth0' })
})

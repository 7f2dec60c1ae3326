import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const logger = fileURLToPath(new URL('../../src/node/logger.ts', import.meta.url))

/** What a process with the hub's logger writes. */
function logged(code: string): string {
  const program = `
    const { makeLogger } = await import(${JSON.stringify(logger)})
    const log = makeLogger({ level: 'info', secrets: ['s3cret-value'] })
    ${code}`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }).stdout
}

test('a configured secret never comes out, in a fact, in an error or in its cause', () => {
  const output = logged(`
    log.warn({ note: 'sent s3cret-value', err: new Error('s3cret-value refused', { cause: new Error('s3cret-value') }) }, 'Refused')
  `)
  expect(output).toContain('Refused')
  expect(output).toContain('[redacted] refused')
  expect(output).not.toContain('s3cret-value')
})

test('what stands under a secret’s name never comes out, whatever it is', () => {
  const output = logged(`log.info({ headers: { authorization: 'Bearer x1y2' }, client_secret: 'q9' }, 'Called')`)
  expect(output).not.toMatch(/x1y2|q9/)
})

test('an error is logged with its code and its cause', () => {
  const output = logged(`
    const err = Object.assign(new Error('no answer', { cause: new Error('reset') }), { code: 'ECONNRESET' })
    log.error({ err }, 'Failed')
  `)
  expect(JSON.parse(output)).toMatchObject({
    level: 'error',
    msg: 'Failed',
    err: { code: 'ECONNRESET', cause: { message: 'reset' } },
  })
})

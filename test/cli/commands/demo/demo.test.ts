// @module-tag process

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliAnswer, cli } from '../../../support/cli.ts'
import { codeBlocks, readPage } from '../../../support/markdown.ts'

let elsewhere = ''
let answer: CliAnswer

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'bellhop-elsewhere-'))
  // Settings of real tenants lie around on the machines of those who run the demo.
  const env = { DATABASE_URL: 'postgres://127.0.0.1:9/nobody', OKTA_ORG_URL: 'https://acme.okta.com' }
  answer = await cli({ args: ['demo', '--once'], cwd: elsewhere, env })
})

afterAll(() => rm(elsewhere, { recursive: true, force: true }))

describe('the demo', () => {
  test('ends with 0 because every step of both acts passed', () => {
    expect(answer).toMatchObject({ code: 0, err: '' })
    expect(answer.out).toContain('All 20 steps passed.')
    expect(answer.out.match(/^ {2}✓/gm)?.length).toBe(20)
    expect(answer.out).not.toContain('✗')
  })

  test('does not send anybody to look at what is gone with --once', () => {
    expect(answer.out).not.toMatch(/another terminal|Ctrl-C|--folder/)
    expect(answer.out).toContain('without --once it keeps running')
  })

  test('tells what the README says it tells, in that order', async () => {
    const { text } = await readPage('README.md')
    const excerpt = codeBlocks(text, '').find((block) => block.includes('✓')) ?? ''
    const told = (output: string) =>
      output.split('\n').map((line) =>
        line
          .replace(/\d+ ms/g, '')
          .replace(/\s+/g, ' ')
          .trim(),
      )
    const lines = told(excerpt).filter((line) => line !== '' && line !== '[…]')
    const output = told(answer.out)
    let from = 0
    for (const line of lines) {
      const at = output.indexOf(line, from)
      expect(at, `the demo does not tell "${line}" here`).toBeGreaterThanOrEqual(from)
      from = at + 1
    }
    expect(lines.length).toBeGreaterThanOrEqual(10)
  })
})

// @module-tag process

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takeEnvFiles } from '../../src/node/env-file.ts'
import { cli } from '../support/cli.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bellhop-env-'))
  await writeFile(join(folder, 'one.env'), `DATABASE_URL='${db.url}'\nNOTE="first"\nKEY="two\nlines"\n`)
  await writeFile(join(folder, 'two.env'), 'NOTE=second\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('--env-file', () => {
  test('adds the settings of each file to the environment, which wins, and leaves the rest of the line', () => {
    const [one, two] = [join(folder, 'one.env'), join(folder, 'two.env')]
    const args = ['deliveries', '--env-file', one, `--env-file=${two}`, '--stuck']
    const environment = { KEY: 'mine' }
    expect(takeEnvFiles({ args, environment })).toEqual({
      args: ['deliveries', '--stuck'],
      environment: { DATABASE_URL: db.url, NOTE: 'second', KEY: 'mine' },
    })
    expect(takeEnvFiles({ args: ['--env-file', one], environment: {} }).environment.KEY).toBe('two\nlines')
  })

  test('serves every command', async () => {
    const args = ['deliveries', '--json', '--env-file', 'one.env']
    expect(await cli({ args, cwd: folder })).toMatchObject({ code: 0, out: '[]\n' })
  })

  test('serves the hub itself', async () => {
    await writeFile(join(folder, 'wrong.env'), 'HUB_MODE=enforced\n')
    const { code, err } = await cli({ args: ['start', '--env-file=wrong.env'], cwd: folder })
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('HUB_MODE') })
  })

  test('that cannot be read is named, with what to do', async () => {
    const { code, err } = await cli({ args: ['deliveries', '--env-file', 'none.env'], cwd: folder })
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('cannot be read: none.env') })
  })

  test('without a path is a wrong command line', async () => {
    const { code, err } = await cli({ args: ['deliveries', '--env-file'], cwd: folder })
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('--env-file lacks its value.') })
  })
})

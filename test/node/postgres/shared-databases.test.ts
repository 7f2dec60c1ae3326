// @module-tag process

import { chmod, chown, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { examineLeftovers } from '../../../src/cli/commands/doctor/examine-leftovers.ts'
import { listSharedDatabases, removeSharedDatabase } from '../../../src/node/postgres/shared-databases.ts'
import { noteFolder } from '../../../src/node/postgres/shared-folder.ts'
import { cli } from '../../support/cli.ts'
import { cleanUp, start, temporaryFolder } from '../../support/embedded.ts'

const isRoot = process.getuid?.() === 0

let place = ''
let shared = ''
let own = ''

beforeEach(async () => {
  place = await temporaryFolder('shared-')
  shared = join(place, 'shared')
  own = join(place, 'own', '.bellhop')
  await mkdir(shared)
  await mkdir(own, { recursive: true })
})
afterEach(() => rm(place, { recursive: true, force: true }))

/** A database of a folder, as a hub that ran as root leaves it: what is in `postgres` belongs to the server's user. */
async function leave(name: string, folder: string | null): Promise<string> {
  const path = join(shared, name)
  const data = join(path, 'postgres', 'data')
  await mkdir(data, { recursive: true })
  await writeFile(join(data, 'PG_VERSION'), 'x'.repeat(100_000))
  if (isRoot)
    for (const each of [join(path, 'postgres'), data, join(data, 'PG_VERSION')]) await chown(each, 65534, 65534)
  if (isRoot) await chown(path, 0, 65534)
  await chmod(path, 0o710)
  if (folder !== null) await noteFolder(path, folder)
  return path
}

async function pointTo(folder: string, path: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'location'), `${path}\n`)
}

const list = () => listSharedDatabases({ own, shared })
const kinds = async () =>
  Object.fromEntries((await list()).map(({ path, kind }) => [path.slice(shared.length + 1), kind]))

test('what no folder points to any more is named with its size and whose it was, and nothing else', async () => {
  const there = join(place, 'there', '.bellhop')
  const gone = join(place, 'gone', '.bellhop')
  await pointTo(there, await leave('1111111111111111', there))
  const left = await leave('2222222222222222', gone)
  await pointTo(own, await leave('3333333333333333', null))
  await leave('4444444444444444', null)
  await leave('not-the-hubs', gone)
  await symlink(place, join(shared, '5555555555555555'))
  await writeFile(join(shared, '6666666666666666'), '')
  expect(await kinds()).toEqual({
    '1111111111111111': 'in_use',
    '2222222222222222': 'gone',
    '3333333333333333': 'in_use',
    '4444444444444444': 'unknown',
    'not-the-hubs': 'foreign',
    '5555555555555555': 'foreign',
    '6666666666666666': 'foreign',
  })
  const checks = await examineLeftovers({ own, shared })
  expect(checks.map(({ detail }) => detail)).toEqual([
    expect.stringContaining(`${left}, `),
    expect.stringContaining('4444444444444444, '),
  ])
  expect(checks[0]).toMatchObject({ status: 'warning', fix: expect.stringContaining('clean') })
  expect(checks[0]?.detail).toContain(gone)
  expect(checks[0]?.detail).toMatch(/1\d\d kB/)
})

test('a folder that was made anew has another database: the older one is left behind', async () => {
  const older = await leave('1111111111111111', own)
  await pointTo(own, await leave('1111111111111111-2', own))
  expect(await kinds()).toEqual({ '1111111111111111': 'gone', '1111111111111111-2': 'in_use' })
  await removeSharedDatabase({ path: older })
  expect(await kinds()).toEqual({ '1111111111111111-2': 'in_use' })
})

test('a database stays in use while one of several copies of its folder points to it', async () => {
  const copy = join(place, 'copy', '.bellhop')
  const path = await leave('1111111111111111', join(place, 'first', '.bellhop'))
  await noteFolder(path, copy)
  await noteFolder(path, copy)
  expect((await list())[0]?.folders).toHaveLength(2)
  await pointTo(copy, path)
  expect(await kinds()).toEqual({ '1111111111111111': 'in_use' })
})

test('where no hub ran as root there is nothing', async () => {
  expect(await listSharedDatabases({ own, shared: join(place, 'nowhere') })).toEqual([])
  expect(await examineLeftovers({ own, shared: join(place, 'nowhere') })).toEqual([])
})

test('a link inside of a database is removed, and what it leads to stays and is not counted', async () => {
  const precious = join(place, 'precious')
  await mkdir(precious)
  await writeFile(join(precious, 'file'), 'y'.repeat(5_000_000))
  const path = await leave('1111111111111111', join(place, 'gone'))
  for (const at of ['link', 'postgres/link', 'postgres/data/link']) await symlink(precious, join(path, at))
  expect((await list())[0]?.bytes).toBeLessThan(1_000_000)
  await removeSharedDatabase({ path })
  expect(await readdir(shared)).toEqual([])
  expect(await readdir(precious)).toEqual(['file'])
})

test('a database whose server folder is a link is not the hub’s', async () => {
  const path = join(shared, '1111111111111111')
  await mkdir(path)
  await symlink(own, join(path, 'postgres'))
  await noteFolder(path, join(place, 'gone'))
  expect(await kinds()).toEqual({ '1111111111111111': 'foreign' })
})

describe.skipIf(!isRoot)('as root', () => {
  test('what belongs to the server’s user is removed with that user’s rights alone', async () => {
    const path = await leave('1111111111111111', join(place, 'gone'))
    const kept = join(path, 'postgres', 'data', 'of-root')
    await mkdir(kept)
    await writeFile(join(kept, 'file'), '')
    await expect(removeSharedDatabase({ path })).rejects.toThrow('could not be removed')
    expect(await readdir(kept)).toEqual(['file'])
  })

  test('a database is named and removed when its folder is deleted, and not while its server runs', async () => {
    const folder = join(place, 'hub', '.bellhop')
    await mkdir(join(place, 'hub'))
    await chmod(place, 0o700)
    const server = await start(folder)
    const location = (await readFile(join(folder, 'location'), 'utf8')).trim()
    const clean = (...args: string[]) => cli({ args: ['clean', location, ...args], cwd: place })
    try {
      expect(await clean('--yes')).toMatchObject({
        code: 1,
        err: expect.stringContaining('A hub has its database there'),
      })
      await rm(folder, { recursive: true })
      expect(await clean('--yes')).toMatchObject({ code: 1, err: expect.stringContaining('Its server runs') })
    } finally {
      await server.stop()
    }
    const doctor = await cli({ args: ['doctor', '--offline', '--json'], cwd: place })
    const { checks } = JSON.parse(doctor.out) as { checks: { name: string; detail: string }[] }
    expect(checks.filter(({ detail }) => detail.startsWith(`${location},`))).toMatchObject([{ name: 'left behind' }])

    const asked = await clean()
    expect(asked).toMatchObject({ code: 1, out: expect.stringContaining('Nothing was removed: add --yes') })
    expect(asked.out).toContain(folder)
    expect(asked.out).toMatch(/\d MB, last used/)
    expect(await clean('--yes')).toMatchObject({ code: 0, err: expect.stringContaining(`${location} is removed.`) })
    await expect(readdir(location)).rejects.toThrow('ENOENT')
    expect(await clean('--yes')).toMatchObject({ code: 1, err: expect.stringContaining('no such folder') })
    await cleanUp(folder)
  })

  test.each(['/etc', '..', '/var/lib/bellhop'])('the folder %s is not the hub’s, and refused', async (given) => {
    const { code, err } = await cli({ args: ['clean', given, '--yes'], cwd: place })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('is not removed') })
  })
})

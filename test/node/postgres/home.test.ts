// @module-tag process

import { chmod, chown, cp, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findBinaries } from '../../../src/node/postgres/binaries.ts'
import { startEmbeddedPostgres } from '../../../src/node/postgres/embedded.ts'
import { runProgram, type SystemUser } from '../../../src/node/postgres/system.ts'
import { cleanUp, serverPid, start, startElsewhere, temporaryFolder, using } from '../../support/embedded.ts'

const isRoot = process.getuid?.() === 0
const nobody: SystemUser = { name: 'nobody', uid: 65534, gid: 65534 }

let place = ''
let folder = ''

beforeEach(async () => {
  place = await temporaryFolder('home-')
  folder = join(place, '.bellhop')
})

afterEach(async () => {
  await cleanUp(folder)
  await rm(place, { recursive: true, force: true })
})

describe.skipIf(!isRoot)('as root', () => {
  test('the server moves to /var/lib/bellhop when its user cannot reach the folder, whose modes stay', async () => {
    await chmod(place, 0o700)
    const server = await start(folder)
    const location = (await readFile(join(folder, 'location'), 'utf8')).trim()
    expect(location).toMatch(/^\/var\/lib\/bellhop\/[0-9a-f]{16}$/)
    expect(server.connection.path.startsWith(location)).toBe(true)
    expect([(await stat(place)).mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o700, 0o700])
    await using(server, (sql) => sql`create table kept as select 7 as x`)
    await server.stop()
    const again = await start(folder)
    expect(await using(again, (sql) => sql`select x from kept`)).toEqual([{ x: 7 }])
    await again.stop()
  })

  test('a removed .bellhop begins empty beside the data it had in /var/lib/bellhop', async () => {
    await chmod(place, 0o700)
    await (await start(folder)).stop()
    const before = (await readFile(join(folder, 'location'), 'utf8')).trim()
    await rm(folder, { recursive: true })
    await (await start(folder)).stop()
    expect((await readFile(join(folder, 'location'), 'utf8')).trim()).toBe(`${before}-2`)
    await rm(before, { recursive: true })
  })

  test('data that the server’s user can no longer reach are refused, not begun anew elsewhere', async () => {
    await (await start(folder)).stop()
    await chmod(place, 0o700)
    await expect(start(folder)).rejects.toMatchObject({ message: expect.stringContaining('cannot be opened') })
    await expect(stat(join(folder, 'location'))).rejects.toThrow('ENOENT')
  })

  test('programs in a closed folder run from a copy beside the data', async () => {
    const programs = await findBinaries()
    const closed = join(place, 'closed')
    await cp(join(dirname(programs.initdb), '..'), closed, { recursive: true, verbatimSymlinks: true })
    await chmod(closed, 0o700)
    const binaries = { initdb: join(closed, 'bin', 'initdb'), pg_ctl: join(closed, 'bin', 'pg_ctl') }
    const server = await startEmbeddedPostgres({ folder, binaries, settings: { fsync: 'off' } })
    const executable = await readFile(join(folder, 'postgres', 'data', 'postmaster.opts'), 'utf8')
    expect(executable).toContain(join(folder, 'binaries-'))
    expect((await stat(closed)).mode & 0o777).toBe(0o700)
    await server.stop()
  })

  test('the server does not run as root', async () => {
    const server = await start(folder)
    expect((await stat(`/proc/${await serverPid(folder)}`)).uid).not.toBe(0)
    await server.stop()
  })

  test('another user starts, keeps and stops a server of their own', async (context) => {
    const reachable = await runProgram(process.execPath, ['--version'], { user: nobody })
    context.skip(!reachable.ok, 'nobody cannot reach node_modules here')
    await mkdir(folder)
    await chown(folder, nobody.uid, nobody.gid)
    const other = await startElsewhere(folder, { user: nobody })
    expect((await stat(`/proc/${await serverPid(folder)}`)).uid).toBe(nobody.uid)
    expect((await stat(join(folder, 'password'))).uid).toBe(nobody.uid)
    expect(await other.leave()).toBe(0)
    expect(await serverPid(folder)).toBeUndefined()
  })

  test('a folder that root has used is refused to another user, with the reason', async (context) => {
    const reachable = await runProgram(process.execPath, ['--version'], { user: nobody })
    context.skip(!reachable.ok, 'nobody cannot reach node_modules here')
    await (await start(folder)).stop()
    await expect(startElsewhere(folder, { user: nobody })).rejects.toThrow('belongs to another user')
  })
})

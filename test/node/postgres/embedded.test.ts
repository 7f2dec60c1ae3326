// @module-tag process

import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readChosenBinaries } from '../../../lab/guarded-folder.ts'
import { startEmbeddedPostgres } from '../../../src/node/postgres/embedded.ts'
import {
  cleanUp,
  connect,
  serverFolder,
  serverPid,
  signal,
  start,
  startElsewhere,
  temporaryFolder,
  using,
} from '../../support/embedded.ts'
import { eventually } from '../../support/eventually.ts'

let place = ''
let folder = ''

beforeEach(async () => {
  place = await temporaryFolder()
  folder = join(place, '.bellhop')
})

afterEach(async () => {
  await cleanUp(folder)
  await rm(place, { recursive: true, force: true })
})

describe('a server that dies', () => {
  test('has every acknowledged row after a SIGKILL, on the same connection settings', async () => {
    const server = await start(folder)
    const sql = connect(server)
    await sql`create table kept (x int)`
    const acknowledged: number[] = []
    const stop = new AbortController()
    const writing = (async () => {
      for (let x = 0; !stop.signal.aborted; x++) {
        await sql`insert into kept values (${x})`.then(
          () => acknowledged.push(x),
          () => new Promise((resolve) => setTimeout(resolve, 20)),
        )
      }
    })()
    await until(() => acknowledged.length > 50)
    const killed = await pidOf(folder)
    signal(killed, 'SIGKILL')
    stop.abort()
    // The driver may leave a question to a dying server unanswered for ever: what was acknowledged by then counts.
    await Promise.race([writing, sleep(5_000)])
    const counted = [...acknowledged]
    await until(async () => (await pidOf(folder).catch(() => killed)) !== killed)
    await using(server, async (again) => {
      await eventually(() => again`insert into kept values (-1)`)
      const kept = new Set((await again<{ x: number }[]>`select x from kept`).map(({ x }) => x))
      expect(counted.filter((x) => !kept.has(x))).toEqual([])
    })
    await sql.end({ timeout: 1 })
    await server.stop()
  })

  test('starts again although it and the process that started it were killed', async () => {
    const other = await startElsewhere(folder)
    const pid = await pidOf(folder)
    signal(other.child.pid ?? 0, 'SIGKILL')
    signal(pid, 'SIGKILL')
    const server = await start(folder)
    expect(server.adopted).toBe(false)
    expect(await pidOf(folder)).not.toBe(pid)
    await server.stop()
  })

  test('starts over a pid file that names a living process of another kind', async () => {
    await (await start(folder)).stop()
    const data = join(await serverFolder(folder), 'data')
    const lines = [process.pid, data, 0, 5432, '', '', '', 'ready']
    await writeFile(join(data, 'postmaster.pid'), `${lines.join('\n')}\n`, { mode: 0o644 })
    const server = await start(folder)
    expect(server.adopted).toBe(false)
    await server.stop()
  })
})

describe('several processes on one folder', () => {
  test('adopt one server when they start at the same moment on an empty folder', async () => {
    const others = await Promise.all([startElsewhere(folder), startElsewhere(folder), startElsewhere(folder)])
    expect(others.filter(({ adopted }) => !adopted)).toHaveLength(1)
    expect(new Set(others.map(({ url }) => url)).size).toBe(1)
    expect(await Promise.all(others.map(({ leave }) => leave()))).toEqual([0, 0, 0])
    expect(await serverPid(folder)).toBeUndefined()
  })

  test('keep the server when one that did not start it leaves', async () => {
    const server = await start(folder)
    const other = await startElsewhere(folder)
    expect(other.adopted).toBe(true)
    await other.leave()
    expect(await using(server, (sql) => sql`select 1 as x`)).toEqual([{ x: 1 }])
    await server.stop()
    expect(await serverPid(folder)).toBeUndefined()
  })

  test('keep the server when its starter leaves, and the last one to leave stops it', async () => {
    const server = await start(folder)
    const other = await startElsewhere(folder)
    await server.stop()
    expect(await serverPid(folder)).toBeDefined()
    await other.leave()
    expect(await serverPid(folder)).toBeUndefined()
  })

  test('keep the server while a stranger such as psql is connected', async () => {
    const server = await start(folder)
    const stranger = connect(server)
    await stranger`select 1`
    await server.stop()
    expect(await stranger`select 2 as x`).toEqual([{ x: 2 }])
    await stranger.end()
  })

  test('adopt a server whose starter was killed, and stop it when they leave', async () => {
    const other = await startElsewhere(folder)
    const pid = await pidOf(folder)
    signal(other.child.pid ?? 0, 'SIGKILL')
    const server = await start(folder)
    expect(server.adopted).toBe(true)
    expect(await pidOf(folder)).toBe(pid)
    await server.stop()
    expect(await serverPid(folder)).toBeUndefined()
  })
})

describe('the folder', () => {
  test('is refused when its database has vanished, rather than begun empty', async () => {
    await (await start(folder)).stop()
    await rename(join(await serverFolder(folder), 'data'), join(place, 'elsewhere'))
    await expect(start(folder)).rejects.toMatchObject({
      message: expect.stringContaining('is gone'),
      fix: expect.stringContaining('backup'),
    })
  })

  test('is refused when its password is not the database’s', async () => {
    await (await start(folder)).stop()
    await writeFile(join(folder, 'password'), 'another\n')
    await expect(start(folder)).rejects.toMatchObject({ message: expect.stringContaining('password') })
  })

  test('is refused when another major PostgreSQL made its database', async () => {
    await (await start(folder)).stop()
    await writeFile(join(await serverFolder(folder), 'data', 'PG_VERSION'), '9\n')
    await expect(start(folder)).rejects.toMatchObject({ why: expect.stringContaining('PostgreSQL 9 made it') })
  })

  test('keeps rows between starts', async () => {
    const first = await start(folder)
    await using(first, (sql) => sql`create table kept as select 7 as x`)
    await first.stop()
    const second = await start(folder)
    expect(await using(second, (sql) => sql`select x from kept`)).toEqual([{ x: 7 }])
    await second.stop()
  })

  test('is closed to others, and so are the password and the socket in it', async () => {
    const server = await start(folder)
    // As root the server's own group may pass through, and no other user may list.
    expect((await modeOf(folder)) & 0o067).toBe(0)
    expect(await modeOf(join(folder, 'password'))).toBe(0o600)
    expect(await modeOf(dirname(server.connection.path))).toBe(0o700)
    expect(await using(server, (sql) => sql`show listen_addresses`)).toEqual([{ listen_addresses: '' }])
    const wrong = { ...server, connection: { ...server.connection, password: 'wrong' } }
    await expect(using(wrong, (sql) => sql`select 1`)).rejects.toThrow('password authentication failed')
    await server.stop()
  })

  test('may have spaces, quotes and a dollar sign in its path', async () => {
    folder = join(place, 'it\'s a "$HOME", really', '.bellhop')
    const server = await start(folder)
    expect(await using(server, (sql) => sql`select 1 as x`)).toEqual([{ x: 1 }])
    await server.stop()
  })

  test('may be too deep for a socket, which then lies in a noted 0700 temporary folder', async () => {
    folder = join(place, 'deep'.repeat(30), '.bellhop')
    const server = await start(folder)
    const noted = (await readFile(join(folder, 'socket-folder'), 'utf8')).trim()
    expect(dirname(server.connection.path)).toBe(noted)
    expect(await modeOf(noted)).toBe(0o700)
    await server.stop()
    await rm(noted, { recursive: true })
    const again = await start(folder)
    expect(again.connection.path).toBe(server.connection.path)
    await again.stop()
  })
})

describe('the server', () => {
  test('commits durably, in UTF-8, and speaks UTC, whatever the environment says', async () => {
    const env = { LANG: '', LC_ALL: 'de_DE.UTF-8', TZ: 'Asia/Tokyo', PGDATA: '/nowhere', PGPORT: '1', PGHOST: '::1' }
    const other = await startElsewhere(folder, { env })
    const server = await start(folder)
    const names = ['server_encoding', 'lc_collate', 'synchronous_commit', 'timezone', 'max_connections']
    const [row] = await using(
      server,
      (sql) => sql`
        select (select datcollate from pg_database where datname = current_database()) as lc_collate,
          current_setting('server_encoding') as server_encoding, current_setting('timezone') as timezone,
          current_setting('synchronous_commit') as synchronous_commit,
          current_setting('max_connections') as max_connections`,
    )
    expect(names.map((name) => row?.[name])).toEqual(['UTF8', 'C', 'on', 'UTC', '50'])
    await Promise.all([other.leave(), server.stop()])
  })

  test('waits for the disk at every commit unless a test asks it not to', async () => {
    const server = await startEmbeddedPostgres({ folder, ...readChosenBinaries() })
    expect(await using(server, (sql) => sql`show fsync`)).toEqual([{ fsync: 'on' }])
    expect(await using(server, (sql) => sql`show full_page_writes`)).toEqual([{ full_page_writes: 'on' }])
    await server.stop()
  })

  test('has a session of its own, so that Ctrl-C in a terminal does not reach it', async () => {
    const server = await start(folder)
    const pid = await pidOf(folder)
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    const session = status.slice(status.lastIndexOf(')') + 2).split(' ')[3]
    expect(Number(session)).toBe(pid)
    await server.stop()
  })
})

test('an interrupted initdb leaves nothing in the way', async () => {
  const home = join(folder, 'postgres')
  await mkdir(join(home, 'data.new-4194305-aa', 'base'), { recursive: true })
  const server = await start(folder)
  await expect(stat(join(home, 'data.new-4194305-aa'))).rejects.toThrow('ENOENT')
  await server.stop()
})

async function pidOf(path: string): Promise<number> {
  const pid = await serverPid(path)
  if (!pid) throw new Error('no server runs')
  return pid
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

import postgres from 'postgres'
import { beforeEach, describe, expect, test } from 'vitest'
import { checkMigrated, type Migration, migrate, migrationState } from '../../../src/journal/sql/migrate.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase({ empty: true })

const first: Migration = {
  number: 1,
  name: '0001_a.sql',
  text: 'create table hub.a (x int);\ncreate index on hub.a (x);',
}
const second: Migration = { number: 2, name: '0002_b.sql', text: 'create table hub.b (y int)' }
const third: Migration = { number: 3, name: '0003_c.sql', text: 'create table hub.c (z int)' }
const marked = (migration: Migration, version: number): Migration => ({
  ...migration,
  text: `-- works with: ${version}\n${migration.text}`,
})

beforeEach(async () => {
  await db.sql`drop schema if exists hub cascade`
})

describe('migrate', () => {
  test('refuses a database that a newer Bellhop has migrated', async () => {
    await migrate(db.sql, [first, second])
    await expect(migrate(db.sql, [first])).rejects.toMatchObject({
      message: 'The database is newer than this Bellhop.',
      why: expect.stringContaining('0002_b.sql'),
      fix: expect.any(String),
    })
  })

  test('refuses an applied migration whose text has changed, and applies nothing after it', async () => {
    await migrate(db.sql, [first])
    const edited = { ...first, text: `${first.text} ` }
    await expect(migrate(db.sql, [edited, second])).rejects.toMatchObject({
      message: expect.stringContaining('0001_a'),
    })
    expect(await tables()).toEqual(['a', 'migration'])
  })

  test('leaves no trace of a migration that fails half way, and keeps those before it', async () => {
    const broken = { ...second, text: 'create table hub.b (y int); select 1/0' }
    await expect(migrate(db.sql, [first, broken])).rejects.toThrow('division by zero')
    expect(await tables()).toEqual(['a', 'migration'])
    expect((await migrate(db.sql, [first, second])).map(({ number }) => number)).toEqual([2])
  })

  test('refuses migrations that leave out a number', async () => {
    await expect(migrate(db.sql, [second])).rejects.toThrow('0002_b.sql is out of order')
    expect(await tables()).toEqual([])
  })

  test('applies each migration once when several hubs start at the same moment', async () => {
    const hubs = Array.from({ length: 4 }, () => postgres({ ...db.connection, max: 1, onnotice: () => {} }))
    const applied = await Promise.all(hubs.map((hub) => migrate(hub, [first, second])))
    await Promise.all(hubs.map((hub) => hub.end()))
    expect(applied.flatMap((each) => each.map(({ number }) => number)).toSorted()).toEqual([1, 2])
    expect(await tables()).toEqual(['a', 'b', 'migration'])
  })

  test('does nothing to a database that is up to date', async () => {
    await migrate(db.sql, [first])
    expect(await migrate(db.sql, [first])).toEqual([])
  })

  test('takes the line ends of another system for the same text', async () => {
    await migrate(db.sql, [first])
    expect(await migrate(db.sql, [{ ...first, text: first.text.replaceAll('\n', '\r\n') }])).toEqual([])
  })
})

describe('a newer schema', () => {
  const accepted = { applied: ['0001_a.sql', '0002_b.sql', '0003_c.sql'], pending: [] }

  test('is accepted by the code that each of its newer steps names, and by what is newer than that', async () => {
    await migrate(db.sql, [first, marked(second, 1), marked(third, 1)])
    for (const known of [[first], [first, marked(second, 1)]]) {
      await expect(checkMigrated(db.sql, known)).resolves.toBeUndefined()
      expect(await migrate(db.sql, known)).toEqual([])
    }
    expect(await migrationState(db.sql, [first])).toEqual({ ...accepted, newer: ['0002_b.sql', '0003_c.sql'] })
    expect(await migrationState(db.sql, [first, marked(second, 1)])).toEqual({ ...accepted, newer: ['0003_c.sql'] })
  })

  test('is accepted by code that ran while it was migrated', async () => {
    await migrate(db.sql, [first])
    await expect(checkMigrated(db.sql, [first])).resolves.toBeUndefined()
    await migrate(db.sql, [first, marked(second, 1)])
    await expect(checkMigrated(db.sql, [first])).resolves.toBeUndefined()
  })

  test.for([
    ['has no mark', [marked(second, 1), third], '0003_c.sql, which works with versions that know at least migration 3'],
    ['has no mark before one that has', [second, marked(third, 1)], '0002_b.sql'],
    ['is marked for newer code', [marked(second, 1), marked(third, 2)], '0003_c.sql'],
  ] as const)('is refused where one step %s', async ([, newer, why]) => {
    await migrate(db.sql, [first, ...newer])
    const refusal = {
      message: 'The database is newer than this Bellhop.',
      why: expect.stringContaining(why),
      fix: expect.stringContaining('Run the newer Bellhop'),
    }
    await expect(checkMigrated(db.sql, [first])).rejects.toMatchObject(refusal)
    await expect(migrate(db.sql, [first])).rejects.toMatchObject(refusal)
    await expect(migrationState(db.sql, [first])).rejects.toMatchObject(refusal)
  })

  test('is refused where a step that the code knows has changed', async () => {
    await migrate(db.sql, [first, marked(second, 1)])
    const edited = { ...first, text: `${first.text} ` }
    await expect(checkMigrated(db.sql, [edited])).rejects.toThrow('0001_a.sql is not the one')
  })

  test('is refused where its table of migrations has no marks', async () => {
    await migrate(db.sql, [first, second])
    await db.sql`alter table hub.migration drop column works_with`
    await expect(checkMigrated(db.sql, [first])).rejects.toThrow('newer than this Bellhop')
    expect(await migrate(db.sql, [first, second, third])).toEqual([third])
  })

  test.for([
    '-- works with: 2',
    '-- works with: 0',
    '-- works with: one',
    '-- works with 1',
    '-- works with: 1 and later',
  ])('is not made by a step that begins with "%s"', async (line) => {
    const wrong = { ...second, text: `${line}\n${second.text}` }
    await expect(migrate(db.sql, [first, wrong])).rejects.toThrow('The first line of 0002_b.sql is like')
    expect(await tables()).toEqual([])
  })
})

describe('checkMigrated', () => {
  test('names what an empty database lacks, and makes nothing', async () => {
    await expect(checkMigrated(db.sql, [first])).rejects.toMatchObject({ why: 'It lacks 0001_a.sql.' })
    expect(await tables()).toEqual([])
  })

  test('refuses a newer database as migrating does', async () => {
    await migrate(db.sql, [first, second])
    await expect(checkMigrated(db.sql, [first])).rejects.toThrow('newer than this Bellhop')
  })

  test('accepts a database that is up to date', async () => {
    await migrate(db.sql, [first])
    await expect(checkMigrated(db.sql, [first])).resolves.toBeUndefined()
  })
})

async function tables(): Promise<string[]> {
  const rows = await db.sql`select table_name as name from information_schema.tables where table_schema = 'hub'`
  return rows.map(({ name }) => String(name)).sort()
}

import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeJournal } from '../../../src/journal/index.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { grantRunTime, ownsAudit } from '../../../src/journal/sql/grant-run-time.ts'
import { migrate } from '../../../src/journal/sql/migrate.ts'
import { readMigrations } from '../../../src/node/postgres/database.ts'
import { newEvent, settlementOf } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const role = `run_${randomBytes(6).toString('hex')}`
/** Sessions that are the role from their first statement on. */
const sql = postgres({ ...db.connection, max: 2, onnotice: () => {}, connection: { role } })
const journal = makeJournal(sql)

beforeAll(async () => {
  await db.sql`create role ${db.sql(role)}`
  await grantRunTime(db.sql, role)
})
afterAll(async () => {
  await sql.end({ timeout: 5 })
  await db.sql`drop owned by ${db.sql(role)}`
  await db.sql`drop role ${db.sql(role)}`
})

describe('a role that only runs the hub', () => {
  test('takes events in, has them delivered and settled, and puts acts on record and numbers them', async () => {
    await journal.queue.ingest([newEvent({ person: '00u1' })])
    const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
    if (!lane) throw new Error('Nothing was due')
    await settle(sql, settlementOf(lane))
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await journal.orders.protect({ source: 'okta', authorityId: '00u1', reason: 'x', until, ...operator() })
    await journal.records.recordHeartbeat([{ id: 'okta', heardSecondsAgo: 1 }])
    expect(await journal.records.listAudit({ order: 'newest', limit: 1 })).toMatchObject([
      { act: 'protect', words: 'kept' },
    ])
    await expect(journal.records.numberAudit({ limit: 10 })).resolves.toBeGreaterThanOrEqual(0)
  })

  test.each([
    ['change', "update hub.audit set act = 'cancel'"],
    ['delete', 'delete from hub.audit'],
    ['empty', 'truncate hub.audit, hub.audit_note'],
    ['reword', "update hub.audit_note set words = '{}'"],
    ['claim to have migrated', "insert into hub.migration (number, name, checksum) values (999, 'x', 'x')"],
  ])('may not %s what it has put there', async (_what, statement) => {
    await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
  })

  test.each([
    ['lift the trigger that keeps it', 'alter table hub.audit disable trigger audit_grows'],
    ['drop its table', 'drop table hub.audit cascade'],
  ])('cannot %s', async (_what, statement) => {
    await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
  })

  test('erases words, and nothing else of a row', async () => {
    const [row] = await journal.records.listAudit({ order: 'newest', limit: 1 })
    await sql`delete from hub.audit_note where audit = ${row?.id ?? ''}`
    expect(await journal.records.listAudit({ order: 'newest', limit: 1 })).toMatchObject([
      { id: row?.id, words: 'erased' },
    ])
  })

  test('starts a hub on a migrated database, and is told from the role that owns it', async () => {
    expect(await migrate(sql, await readMigrations())).toEqual([])
    expect([await ownsAudit(sql), await ownsAudit(db.sql)]).toEqual([false, true])
  })
})

test('a role that is not there is refused with what to do', async () => {
  await expect(grantRunTime(db.sql, 'nobody_here')).rejects.toMatchObject({
    fix: expect.stringContaining('create role'),
  })
})

import { beforeEach, describe, expect, test } from 'vitest'
import type { AuditAct } from '../../../src/core/audit.ts'
import { numberAudit } from '../../../src/journal/audit/number-audit.ts'
import { listAudit } from '../../../src/journal/audit/read-audit.ts'
import { writeAudit } from '../../../src/journal/audit/write-audit.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { eventually } from '../../support/eventually.ts'
import { wipeAudit } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)

beforeEach(() => wipeAudit(sql))

const write = (
  targets: string[],
  { act = 'replay', reason = 'why' }: { act?: AuditAct; reason?: string | null } = {},
) => writeAudit(sql, operator(), { act, targets, words: { reason } })
const all = () => listAudit(sql, { order: 'newest', limit: 100 })
const numbers = async () =>
  (await listAudit(sql, { order: 'numbered', after: 0, limit: 100 })).map(({ number, targets }) => [number, targets[0]])

/** Whoever has a transaction open on this server, such as the test beside this one, holds the numbers up for as long. */
const numberAll = (count: number, { limit = 10 } = {}) =>
  eventually(async () => {
    if ((await numbers()).length < count) await numberAudit(sql, { limit })
    expect((await numbers()).length).toBeGreaterThanOrEqual(count)
  })

describe('what is on record', () => {
  test.each([
    ['changed', "update hub.audit set act = 'cancel'"],
    ['given another number', 'update hub.audit set number = 7 where number is not null'],
    ['numbered and changed at once', "update hub.audit set number = 7, actor = 'bob'"],
    ['deleted', 'delete from hub.audit'],
    ['emptied', 'truncate hub.audit, hub.audit_note'],
    ['reworded', "update hub.audit_note set words = '{}'"],
  ])('is never %s', async (_what, statement) => {
    await write(['dlv_1'])
    await numberAll(1)
    await write(['dlv_2'])
    await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: 'BH002' })
    expect((await all()).map(({ targets, act, words }) => [targets, act, words])).toEqual([
      [['dlv_2'], 'replay', 'kept'],
      [['dlv_1'], 'replay', 'kept'],
    ])
  })

  test('says who, in what role, by which way, in which request, of what and why', async () => {
    const facts = { people: 3, until: '2026-05-14T18:00:00.000Z' }
    const entry = {
      id: 'ord_1',
      act: 'expect',
      targets: ['a', 'b', 'a'],
      facts,
      words: { reason: 'HR' },
      planHash: 'abc',
    }
    await writeAudit(sql, { ...operator(), way: 'api', requestId: 'req_1' }, { ...entry, act: 'expect' })
    expect(await all()).toMatchObject([
      {
        ...{
          id: 'ord_1',
          actor: 'ann',
          by: 'ann',
          role: 'administrator',
          way: 'api',
          act: 'expect',
          targets: ['a', 'b'],
        },
        ...{ facts, reason: 'HR', planHash: 'abc', result: 'done', requestId: 'req_1', words: 'kept', number: null },
      },
    ])
  })

  test('keeps names and free text out of the row itself, and with them what reads like an e-mail', async () => {
    const facts = { connector: 'auth0', target: 'samlp|acme|lena@acme.test' }
    const given = { ...operator('Ann Smith'), account: 'root' }
    await writeAudit(sql, given, { act: 'adopt', targets: ['per_1'], facts, words: { reason: 'hired again' } })
    const [row] = await sql`select to_jsonb(a)::text as text from hub.audit a`
    for (const word of ['Ann', 'lena@', 'hired']) expect(row?.text).not.toContain(word)
    expect(await all()).toMatchObject([{ actor: 'root', by: 'Ann Smith', facts, reason: 'hired again' }])
  })

  test('stays verifiable when its words are erased, and says that they are', async () => {
    await writeAudit(
      sql,
      { ...operator('Ann'), account: 'root' },
      { act: 'cancel', targets: ['per_1'], words: { reason: 'x' } },
    )
    await write(['per_2'], { reason: null })
    const [, before] = await all()
    await sql`delete from hub.audit_note where audit = ${before?.id ?? ''}`
    expect(await all()).toMatchObject([
      { words: 'none', note: null, reason: null },
      { words: 'erased', note: before?.note, by: 'root', reason: null, act: 'cancel', targets: ['per_1'] },
    ])
    expect(before?.note).toMatch(/^[0-9a-f]{64}$/)
  })

  test('shows words that are not those of its hash', async () => {
    await write(['per_1'])
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`
      await tx`update hub.audit_note set words = '{"reason": "another"}'`
    })
    expect(await all()).toMatchObject([{ words: 'changed' }])
  })

  test('is gone with the transaction that is rolled back', async () => {
    const act = sql.begin(async (tx) => {
      await writeAudit(tx, operator(), { act: 'replay', targets: ['dlv_1'] })
      throw new Error('no')
    })
    await expect(act).rejects.toThrow('no')
    expect(await all()).toEqual([])
  })

  test('has the same note for no two rows, though their words are the same', async () => {
    await write(['per_1'])
    await write(['per_1'])
    expect(new Set((await all()).map(({ note }) => note)).size).toBe(2)
  })

  test('takes in what an older hub writes, and shows that hub all orders, but not what the hub decided', async () => {
    await sql`
      insert into hub.operator_order (id, kind, about, facts, reason, ordered_by)
      values ('ord_old', 'resume', ${['auth0']}, ${sql.json({ pausedReason: '401 of ann@acme.test' })}, 'rotated', 'bob')`
    await sql`select hub.write_decision('paused', array['auth0'], '{}', '{"reason": "401"}')`
    await journal.orders.protect({
      source: 'okta',
      authorityId: '00u1',
      until: '2099-01-01',
      reason: 'glass',
      ...operator(),
    })
    expect(await journal.orders.listOrders({ limit: 9 })).toMatchObject([
      { kind: 'protect', by: 'ann' },
      { kind: 'resume', by: 'bob' },
    ])
    expect(await journal.orders.listConnectorOrders()).toMatchObject([
      { by: 'bob', pausedReason: '401 of ann@acme.test' },
    ])
    expect(
      await sql`select kind, reason, ordered_by as by from hub.operator_order order by ordered_at, id desc`,
    ).toMatchObject([
      { kind: 'resume', reason: 'rotated', by: 'bob' },
      { kind: 'protect', reason: 'glass', by: 'ann' },
    ])
    expect(await listAudit(sql, { order: 'newest', actor: 'bob', limit: 9 })).toMatchObject([
      { actor: 'unknown', by: 'bob' },
    ])
  })
})

describe('numbers', () => {
  test('have no gap, follow the order in which transactions began to write, and are given once', async () => {
    for (const id of ['a', 'b', 'c']) await write([id])
    expect(await numbers()).toEqual([])
    await numberAll(2, { limit: 2 })
    await write(['d'])
    await numberAll(4)
    expect(await numberAudit(sql, { limit: 10 })).toBe(0)
    expect(await numbers()).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ])
  })

  test('wait for an older transaction that is still open, and leave room for what it writes', async () => {
    const older = await sql.reserve()
    await older`begin`
    await older`select hub.write_audit(${JSON.stringify({ ...operator(), actor: 'ann', act: 'replay', targets: ['older'] })}::text::jsonb)`
    await write(['newer'])
    expect(await numberAudit(sql, { limit: 10 })).toBe(0)
    await older`commit`
    older.release()
    await numberAll(2)
    expect(await numbers()).toEqual([
      [1, 'older'],
      [2, 'newer'],
    ])
  })

  test('are given to what came with a backup from a server that had counted further, and to it first', async () => {
    await write(['here'])
    await sql`
      insert into hub.audit (id, actor, role, way, act, targets, xid)
      values ('aud_1', 'ann', 'administrator', 'cli', 'replay', '{restored}', '99999999999')`
    await numberAll(2)
    expect(await numbers()).toEqual([
      [1, 'restored'],
      [2, 'here'],
    ])
  })
})

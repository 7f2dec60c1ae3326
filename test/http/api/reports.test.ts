import { beforeEach, describe, expect, test } from 'vitest'
import { CredentialError } from '../../../src/core/errors.ts'
import type { Installed } from '../../../src/host/installed.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { hashRows } from '../../../src/operate/report-head.ts'
import { type ApiStage, setApiStage } from '../../support/api.ts'
import { eventually } from '../../support/eventually.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
let stage: ApiStage

beforeEach(async () => {
  stage = await setApiStage(sql)
})

const read = async (path: string) => {
  const { status, body } = await stage.ask(`/api/v1${path}`, 'auditor')
  expect([path, status]).toEqual([path, 200])
  return body
}

describe('reports over HTTP', () => {
  test.each([
    ['leavers', 'leavers'],
    ['operators', 'rows'],
    ['go-live', 'rows'],
  ])('%s carries its head, with who asked and a hash of just the rows that went out', async (name, of) => {
    await ingest(sql, [[newEvent({ person: '00u1' }), newEvent({ person: '00u2' })]])
    const body = await read(`/reports/${name}?zone=Europe/Berlin`)
    const rows = body[of] as unknown[]
    expect(rows.length).toBeGreaterThan(1)
    const [token] = (await stage.journal.records.listTokens()).filter(({ role }) => role === 'auditor')
    expect(body.head).toMatchObject({
      ...{ report: name, zone: 'Europe/Berlin', rows: rows.length, sha256: hashRows(rows) },
      ranBy: { account: token?.id, way: 'api' },
    })
  })

  test('a sample has the same leavers for the same seed, with a hash of the rows as they went out', async () => {
    await ingest(sql, [['00u1', '00u2', '00u3'].map((person) => newEvent({ person }))])
    const sample = async (query: string) => {
      const { head, rows } = await read(`/reports/leavers/sample?${query}`)
      return { head, rows: rows as { leaver: { authorityId: string }; deliveries: unknown[] }[] }
    }
    const [two, three] = [await sample('sample=2&seed=a'), await sample('sample=3&seed=a')]
    const who = ({ rows }: typeof two) => rows.map(({ leaver }) => leaver.authorityId)
    expect(who(three).toSorted()).toEqual(['00u1', '00u2', '00u3'])
    expect(who(three)).toEqual(expect.arrayContaining(who(two)))
    const filter = { sample: 2, of: 3, seed: 'a' }
    expect(two.head).toMatchObject({ report: 'evidence', rows: 2, sha256: hashRows(two.rows), filter })
    expect(two.rows[0]?.deliveries).toMatchObject([{ event: { data: expect.anything() } }])
    const { status } = await stage.ask('/api/v1/reports/leavers/sample?sample=21&seed=a', 'auditor')
    expect(status).toBe(400)
  })

  test('a file of who left is compared, kept nowhere, and bounded', async () => {
    await ingest(sql, [[newEvent({ person: '00u1' })]])
    const ask = (body: object) =>
      stage.ask('/api/v1/reports/leavers/against', 'auditor', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const recorded = () => sql`select count(*)::int as count from hub.audit`
    const before = await recorded()
    const csv = 'okta_id,left_on\n00u1,2026-05-14\n00u9,2026-05-14\n\0,2026-05-14'
    const { status, body } = await ask({ csv, name: 'hr.csv', zone: 'Europe/Berlin' })
    const rows = body.rows as { finding: string }[]
    expect([status, rows.map(({ finding }) => finding)]).toEqual([200, ['cannot_tell', 'not_known', 'bad_line']])
    expect(body.head).toMatchObject({ report: 'leavers-against', sha256: hashRows(rows), filter: { file: 'hr.csv' } })
    expect(await recorded()).toEqual(before)
    const many = `${csv}\n${'00u2,2026-05-14\n'.repeat(5000)}`
    expect(await ask({ csv: many })).toMatchObject({ status: 422, body: { code: 'refused' } })
    expect(await ask({ csv: csv + '00u2,2026-05-14\n'.repeat(100), live: true })).toMatchObject({ status: 422 })
    expect(await ask({ csv: 'name\nAnn' })).toMatchObject({ status: 422, body: { code: 'refused' } })
    expect(await ask({ csv: 'x'.repeat(1024 * 1024) })).toMatchObject({ status: 413 })
  })

  test('are refused, and are no fault of the hub, where a vendor refuses its credential', async () => {
    const client = () => Promise.reject(new CredentialError('401'))
    const quiet = { noteFault: () => {}, reconnect: () => {}, callSeconds: 1, inline: {} }
    const okta = { id: 'okta', connector: { id: 'okta', read: () => {} }, ...quiet, client } as unknown as Installed
    const { ask } = await setApiStage(sql, { installed: [okta] })
    await ingest(sql, [[newEvent({ person: '00u1' })]])
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ csv: 'okta_id,left_on\n00u1,2026-05-14', live: true })
    for (const answer of [
      await ask('/api/v1/reports/go-live', 'auditor'),
      await ask('/api/v1/reports/leavers/against', 'auditor', { method: 'POST', headers, body }),
    ]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'vendor_refuses' } })
    }
  })

  test('go-live comes in pages of people', async () => {
    await ingest(sql, [['00u1', '00u2', '00u3'].map((person) => newEvent({ person }))])
    const first = await read('/reports/go-live?limit=2')
    const second = await read(`/reports/go-live?limit=2&cursor=${first.next}`)
    const who = [first, second].flatMap(({ rows }) => (rows as { authorityId: string }[]).map((row) => row.authorityId))
    expect([who.toSorted(), second.next]).toEqual([['00u1', '00u2', '00u3'], null])
  })

  test.each(['from=2026-05-14T00:00:00Z&to=2026-05-13T00:00:00Z', 'from=2020-01-01T00:00:00Z'])(
    'a period that ends before it begins or is too long is refused: %s',
    async (query) => {
      const { status, body } = await stage.ask(`/api/v1/reports/leavers?${query}`, 'auditor')
      expect([status, body.code]).toEqual([422, 'wrong_period'])
    },
  )

  test.each(['2026-05-14T08:30:00%2B23:00', '9999-12-31T23:59:59-14:00', `2026-05-14T08:30:00.${'1'.repeat(150)}Z`])(
    'a time that PostgreSQL would not read is refused: %s',
    async (time) => {
      for (const query of [`audit?since=${time}`, `deliveries?since=${time}`, `reports/leavers?to=${time}`]) {
        const { status, body } = await stage.ask(`/api/v1/${query}`, 'auditor')
        expect([query, status, body.code]).toEqual([query, 400, 'wrong_parameter'])
      }
    },
  )
})

describe('what is on record over HTTP', () => {
  test('comes in pages, by act and by whom', async () => {
    const all = await read('/audit?act=token_made&limit=200')
    const first = await read('/audit?act=token_made&limit=3')
    const rest = await read(`/audit?act=token_made&limit=3&cursor=${first.next}`)
    expect([...(first.entries as unknown[]), ...(rest.entries as unknown[])]).toEqual(all.entries)
    expect(first.entries).toMatchObject(Array.from({ length: 3 }, () => ({ act: 'token_made', by: 'ann', way: 'cli' })))
    expect((await read('/audit?actor=nobody')).entries).toEqual([])
  })

  test('is exported as JSON Lines by number, and goes on after the last one', async () => {
    const numbers = async (query = '') => {
      const { lines } = await read(`/audit/export${query}`)
      return (lines as { number: number }[]).map(({ number }) => number)
    }
    await eventually(async () => {
      await stage.journal.records.numberAudit({ limit: 100 })
      expect((await numbers()).length).toBeGreaterThanOrEqual(4)
    })
    const all = await numbers()
    expect(all).toEqual(all.map((_, i) => i + 1))
    expect(await numbers('?after=2')).toEqual(all.slice(2))
  })
})

describe('a caller whose role is too low', () => {
  const refusals = async () => (await read('/audit?act=refused')).entries as Record<string, unknown>[]
  const revoke = (id: string) =>
    stage.ask(`/api/v1/tokens/tok_${id.repeat(26)}/revoke`, 'viewer', { method: 'POST', body: '{}' })

  test('is on record with the route, however often they ask and of what', async () => {
    const answers = await Promise.all(['0', '1', '2', '3'].map(revoke))
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    await stage.ask('/api/v1/tokens', 'viewer')
    const [token] = (await stage.journal.records.listTokens()).filter(({ role }) => role === 'viewer')
    const common = { actor: token?.id, role: 'viewer', way: 'api', result: 'refused', requestId: expect.any(String) }
    const found = (await refusals()).toSorted((a, b) => (JSON.stringify(a.facts) < JSON.stringify(b.facts) ? -1 : 1))
    expect(found).toMatchObject([
      { ...common, facts: { what: 'GET /api/v1/tokens', code: 'role_too_low', needed: 'admin' } },
      { ...common, facts: { what: 'POST /api/v1/tokens/:id/revoke', code: 'role_too_low', needed: 'admin' } },
    ])
  })

  test('is refused all the same where that cannot be put on record', async () => {
    await sql`alter table hub.audit add constraint nothing_new check (act <> 'refused')`
    try {
      expect((await revoke('0')).status).toBe(403)
    } finally {
      await sql`alter table hub.audit drop constraint nothing_new`
    }
    expect(await refusals()).toEqual([])
  })
})

test('a caller who is not known leaves nothing on record', async () => {
  const before = await sql`select count(*)::int as count from hub.audit`
  expect((await stage.ask('/api/v1/tokens', null)).status).toBe(401)
  expect(await sql`select count(*)::int as count from hub.audit`).toEqual(before)
})

import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { version } from '../../src/core/version.ts'
import { writeAudit } from '../../src/journal/audit/write-audit.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { ingest } from '../../src/journal/queue/ingest.ts'
import { recordListed } from '../../src/journal/records/source.ts'
import { readCompleteness } from '../../src/operate/coverage.ts'
import { collectEvidence } from '../../src/operate/evidence.ts'
import { reportLeavers } from '../../src/operate/leavers.ts'
import { reportAgainst } from '../../src/operate/leavers-against.ts'
import { reportOperators } from '../../src/operate/operators.ts'
import { makeToken } from '../../src/signin/make-token.ts'
import { recordRefusal } from '../../src/signin/record-refusal.ts'
import { admin } from '../support/api.ts'
import { newEvent, wipe, wipeAudit } from '../support/journal-rows.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
const reader = { actor: 'ann', account: 'ann', way: 'cli' }
const now = new Date()
const ask = { reader, now, zone: 'Europe/Berlin' }
const lately = {
  from: new Date(now.getTime() - 86_400_000).toISOString(),
  to: new Date(now.getTime() + 60_000).toISOString(),
}

beforeEach(async () => {
  await wipe(sql)
  await wipeAudit(sql)
  await sql`truncate hub.source, hub.token, hub.session, hub.signin_link cascade`
})

/** Written otherwise than the hub does it: by the names of all fields, sorted. */
const hashOf = (rows: readonly object[]) => {
  const sort = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sort)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(
            Object.entries(value)
              .sort()
              .map(([name, item]) => [name, sort(item)]),
          )
        : value
  return createHash('sha256')
    .update(rows.map((row) => `${JSON.stringify(sort(row))}\n`).join(''))
    .digest('hex')
}

const state = (authorityId: string, access: 'allow' | 'deny', email: string) => ({
  ...{ authorityId, access, status: access === 'deny' ? 'DEPROVISIONED' : 'ACTIVE', statusChangedAt: null },
  ...{ emails: [email], logins: [email], readAt: now.toISOString() },
})

const know = (...states: ReturnType<typeof state>[]) => recordListed(sql, { source: 'okta', states })

async function leave(...people: string[]): Promise<void> {
  await ingest(sql, [people.map((person) => newEvent({ person }))])
}

describe('the head of a report', () => {
  test('says what was asked, by whom, in which zone and version, and has a hash that anybody can compute anew', async () => {
    await leave('00u1', '00u2')
    const { head, leavers } = await reportLeavers(journal, { ...ask, ...lately })
    expect(head).toMatchObject({
      ...{
        report: 'leavers',
        filter: lately,
        zone: 'Europe/Berlin',
        madeAt: now.toISOString(),
        ranBy: reader,
        version,
      },
      ...{ rows: 2, sha256: hashOf(leavers) },
    })
    await leave('00u3')
    expect((await reportLeavers(journal, { ...ask, ...lately })).head.sha256).not.toBe(head.sha256)
  })
})

describe('what is missing', () => {
  const coverage = () => readCompleteness(journal)
  const codes = async () => (await coverage()).missing.map(({ code }) => code)

  test('is everything where no hub has looked after a source of people', async () => {
    expect(await coverage()).toMatchObject({
      since: null,
      upTo: null,
      oldestEventAt: null,
      missing: [{ code: 'no_source' }],
    })
  })

  test('is what came before the first start, and what no resync has looked for', async () => {
    await leave('00u1')
    await sql`insert into hub.source (id, known_since) values ('okta', '2026-05-01T00:00:00Z'), ('lumos', now())`
    expect(await coverage()).toMatchObject({
      since: '2026-05-01T00:00:00.000Z',
      upTo: null,
      oldestEventAt: expect.any(String),
    })
    expect(await codes()).toEqual(['before_first_start', 'never_looked_at_all', 'never_resynced', 'no_hub_runs'])
  })

  test('is less once all were looked at, and grows again when a resync is overdue or a source is silent', async () => {
    await leave('00u1')
    await sql`insert into hub.source (id, known_since, alive_at, resynced_to, full_look_at)
      values ('okta', '2026-05-01T00:00:00Z', now(), now(), now())`
    expect(await codes()).toEqual(['before_first_start', 'full_look_not_applied'])
    await sql`update hub.source set full_applied_at = now(), resynced_to = now() - interval '2 hours'`
    expect(await codes()).toEqual(['before_first_start', 'resync_overdue'])
    const event = newEvent({ person: null, type: 'hub.alert.silent_source' })
    await ingest(sql, [[event]])
    await sql`insert into hub.alert ${sql({ event_id: event.id, type: 'hub.alert.silent_source', about: 'okta', told: true })}`
    expect(await codes()).toContain('silent_source')
  })
})

describe('a file of who left', () => {
  const against = (text: string) => reportAgainst(journal, { ...ask, text, file: 'hr.csv' })

  test('is compared line by line with what the authority said, and every line has a row', async () => {
    await know(
      state('00u1', 'deny', 'ann@acme.com'),
      state('00u2', 'allow', 'bob@acme.com'),
      state('00u3', 'allow', 'shared@acme.com'),
      state('00u4', 'deny', 'shared@acme.com'),
    )
    const { head, rows } = await against(
      [
        'email,okta_id,left_on',
        'ann@acme.com,,2026-05-14',
        'Bob@Acme.com,,2026-05-14',
        ',00u2,2099-01-01',
        'shared@acme.com,,2026-05-14',
        'zoe@acme.com,,2026-05-14',
        'ann@acme.com,,soon',
      ].join('\n'),
    )
    expect(rows.map(({ line, finding }) => [line, finding])).toEqual([
      [2, 'out'],
      [3, 'still_active'],
      [4, 'not_due'],
      [5, 'several_known'],
      [6, 'not_known'],
      [7, 'bad_line'],
    ])
    expect(rows[1]).toMatchObject({ authorityId: '00u2', status: 'ACTIVE', readAt: now.toISOString() })
    expect(head).toMatchObject({ report: 'leavers-against', rows: 6, sha256: hashOf(rows), filter: { live: false } })
  })

  test('finds people by whole words alone, and one line that names nothing keeps no other from its row', async () => {
    await know(state('00u1', 'deny', 'ann@acme.com'), state('00u2', 'allow', 'bob@acme.com'))
    const [one, other] = await sql<{ id: string }[]>`select id from hub.person order by id`
    const shared = Array.from(one?.id ?? '').findIndex((letter, i) => letter !== other?.id[i])
    const begins = [one?.id.slice(0, shared), one?.id.slice(0, -1)]
    const { rows } = await against(`okta_id,left_on\n${[...begins, '00u1'].map((id) => `${id},2026-05-14`).join('\n')}`)
    expect(rows.map(({ finding }) => finding)).toEqual(['not_known', 'not_known', 'out'])
  })

  test('counts nobody as out who was never read, and on their last day nobody as still there', async () => {
    await leave('00u5')
    const today = new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Berlin' }).format(now)
    const { rows } = await against(`okta_id,left_on\n00u5,2026-05-14\n00u5,${today}\n`)
    expect(rows.map(({ finding }) => finding)).toEqual(['cannot_tell', 'not_due'])
  })
})

test('a sample has for the same seed the same leavers, each with deliveries, tries and acts', async () => {
  await leave('00u1', '00u2', '00u3', '00u4', '00u5', '00u6')
  const sample = (seed: string) => collectEvidence(journal, { ...ask, ...lately, count: 2, seed })
  const [first, again, other] = [await sample('a'), await sample('a'), await sample('b')]
  const who = ({ rows }: typeof first) => rows.map(({ leaver }) => leaver.authorityId)
  expect(who(first)).toEqual(who(again))
  expect(who(other)).not.toEqual(who(first))
  expect(first.head).toMatchObject({
    report: 'evidence',
    rows: 2,
    sha256: hashOf(first.rows),
    filter: { sample: 2, of: 6 },
  })
  expect(first.rows[0]).toMatchObject({
    deliveries: [{ event: { type: 'user.lifecycle.deactivate' }, tries: [] }],
    ...{ readBacks: [], audit: [], isCut: false },
  })
})

test('the report on operators has each token with what was done by it, accounts without one, sign-ins, and ways in for an emergency', async () => {
  const wish = { name: 'robot', owner: 'ops@acme.com', role: 'operator' as const, days: 1, person: null, reason: null }
  const { token } = await makeToken({ journal, clock: systemClock }, admin, wish)
  const caller = { actor: 'ops', account: token.id, role: 'operator' as const, way: 'api' as const, person: null }
  const refusal = { what: 'GET /api/v1/tokens', code: 'role_too_low', needed: 'admin', requestId: 'r' }
  await recordRefusal({ journal, log: silentLog }, caller, refusal)
  const protection = { source: 'okta', authorityId: '00u1', reason: 'x', until: lately.to }
  await journal.orders.protect({ ...protection, ...operator() })
  const person = { source: 'okta', authorityId: '00u7' }
  await journal.orders.addLink(
    { id: 'lnk_1', hash: '1'.repeat(64), kind: 'break_glass', role: 'operator', person, about: [], seconds: 600 },
    { ...operator('root'), reason: 'the issuer is down' },
  )
  await sql`insert into hub.session (id, hash, way, account, source, authority_id, role, idle_seconds, expires_at)
    values ('ses_1', ${'0'.repeat(64)}, 'break_glass', 'per_7', 'okta', '00u7', 'operator', 600, now() + interval '1 hour')`
  const { rows, head } = await reportOperators(journal, { ...ask, ...lately })
  expect(rows).toMatchObject([
    { kind: 'token', account: token.id, owner: 'ops@acme.com', role: 'operator', acts: [], refusals: 1 },
    {
      kind: 'account',
      account: 'ann',
      role: 'administrator',
      way: 'cli',
      acts: expect.arrayContaining([{ act: 'protect', count: 1 }]),
    },
    { kind: 'account', account: 'root', acts: [{ act: 'break_glass', count: 1 }] },
    {
      kind: 'break_glass',
      id: 'lnk_1',
      account: 'root',
      person: 'okta 00u7',
      name: 'the issuer is down',
      endedAt: null,
    },
    { kind: 'session', id: 'ses_1', account: 'per_7', person: 'okta 00u7', way: 'break_glass', endedAt: null },
  ])
  expect(head.sha256).toBe(hashOf(rows))
  const many = 'insert into hub.token (id, hash, name, owner, role, made_by, expires_at)'
  await sql.unsafe(`${many} select 'tok_' || i, encode(sha256(i::text::bytea), 'hex'), 'x', 'x', 'viewer', 'x',
    now() + interval '1 day' from generate_series(1, 1000) as i`)
  expect((await reportOperators(journal, { ...ask, ...lately })).head.complete.missing).toMatchObject([
    { code: 'no_source' },
    { code: 'cut', detail: 'tokens that were made before then are not listed' },
  ])
  for (const id of ['ses_2', 'ses_3']) await writeAudit(sql, operator(), { act: 'signed_in', targets: [id] })
  expect((await reportOperators(journal, { ...ask, ...lately })).head.complete.missing.at(-1)).toMatchObject({
    code: 'cut',
    detail: 'sessions that began before then were deleted by age',
  })
  const before = { from: '2020-01-01T00:00:00.000Z', to: '2020-02-01T00:00:00.000Z' }
  expect((await reportOperators(journal, { ...ask, ...before })).rows).toEqual([])
})

import { beforeAll, describe, expect, test } from 'vitest'
import { CAST } from '../../../lab/simulators/seed.ts'
import { makeId } from '../../../src/core/id.ts'
import type { PersonRow } from '../../../src/journal/index.ts'
import { impersonalTables, personalTables } from '../../../src/journal/retention/personal-tables.ts'
import { erasePerson } from '../../../src/operate/erase-person.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const { lena, omar } = CAST
const words = [lena.email, 'Lena', 'Park']
const note = (reason: string) => ({ ...operator(), reason })

type Column = { table: string; column: string }

/** Every column of the schema that can hold a text. */
const listColumns = () => sql<Column[]>`
  select c.table_name as table, c.column_name as column
  from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
  where c.table_schema = 'hub' and t.table_type = 'BASE TABLE'
    and (c.data_type in ('text', 'json', 'jsonb', 'ARRAY', 'character varying') or c.data_type = 'bytea')
    and c.udt_name not like '\\_int%'`

/** The columns, as `table.column`, in which any of these words stands. */
async function findWords(): Promise<string[]> {
  const found: string[] = []
  for (const { table, column } of await listColumns()) {
    const [row] = await sql<{ there: boolean }[]>`
      select exists (select 1 from ${sql('hub')}.${sql(table)} t
        where to_jsonb(t) ->> ${column} ~* ${words.map((word) => `\\m${word.replaceAll('.', '\\.')}\\M`).join('|')}) as there`
    if (row?.there) found.push(`${table}.${column}`)
  }
  return found.sort()
}

let stage: InlineStage
let person: PersonRow

const readLena = async () => {
  const [row] = await stage.hub.journal.records.findPeople(lena.oktaId)
  if (!row) throw new Error('She is not known.')
  return row
}

/** Has the hub meet her by every door that there is. */
async function meetHer(): Promise<void> {
  const { hub } = stage
  await stage.ask('validate', lumosBody())
  await stage.ask('provision', lumosBody({ task: 'https://app.lumos.test/tasks?requestId=1' }))
  await stage.ask('deprovision', lumosBody())
  await stage.ask('provision', lumosBody({ permissions: ['not:listed'] }))
  const { orders } = hub.journal
  person = await readLena()
  const ids = { source: person.source, authorityId: person.authorityId }
  const until = new Date(Date.now() + 60_000).toISOString()
  await orders.protect({ ...ids, until, ...note('Lena is the last way in') })
  await orders.unprotect({ ...ids, ...note('Lena Park has a second one') })
  await sql`
    insert into hub.token (id, hash, name, owner, role, source, authority_id, made_by, expires_at)
    values ('tok_1', ${'0'.repeat(64)}, 'Lena Park’s', ${lena.email}, 'viewer', 'okta', ${lena.oktaId}, 'ann', now() + interval '1 day')`
  await sql`
    insert into hub.session (id, hash, way, issuer, subject, account, source, authority_id, name, email, role, idle_seconds, expires_at)
    values ('ses_1', ${'1'.repeat(64)}, 'oidc', 'https://okta.test', ${lena.oktaId}, ${person.id}, 'okta', ${lena.oktaId},
      'Lena Park', ${lena.email}, 'viewer', 600, now() + interval '1 hour'),
      ('ses_2', ${'3'.repeat(64)}, 'oidc', 'https://idp.test', 'samlp|acme|lena.park@acme-demo.test', 'sub_1', null, null,
      null, null, 'viewer', 600, now() + interval '1 hour')`
  await sql`
    insert into hub.signin_link (id, hash, kind, role, source, authority_id, reason, made_by, expires_at)
    values ('lnk_1', ${'2'.repeat(64)}, 'break_glass', 'operator', 'okta', ${lena.oktaId}, 'Lena is awake', 'ann', now() + interval '5 minutes')`
  await sql`
    insert into hub.adoption (id, person, connector, target, reason, ordered_by)
    values ('ado_1', ${person.id}, 'auth0', 'samlp|acme|lena.park@acme-demo.test', 'Lena', 'ann')`
  await sql`
    insert into hub.brake_order (id, kind, direction, person, people, reason, ordered_by)
    values ('ord_1', 'release', 'deny', ${person.id}, 1, 'Lena may pass', 'ann')`
  await sql`
    insert into hub.sighting (person, kind, connector, value)
    values (${person.id}, 'link', 'crm', 'samlp|acme|lena.park@acme-demo.test')`
  await sql`
    insert into hub.batch (id, name, act, filter, made_by, expires_at, count, people)
    values ('bat_1', 'Lena has two', 'adopt', '{"connector": "crm"}', '{"by": "ann", "role": "operator", "way": "cli"}', now(), 1, 1)`
  await sql`
    insert into hub.batch_row (batch, ordinal, subject, lane, person, connector, target, changes)
    values ('bat_1', 1, ${person.id}, 'crm samlp|acme|lena.park@acme-demo.test', ${person.id}, 'crm',
      'samlp|acme|lena.park@acme-demo.test', '[{"target": "a", "summary": "Lena", "after": {"name": "Lena"}}]')`
  // A login of an older directory, and what she did to another person under it.
  await sql`insert into hub.sighting (person, kind, value) values (${person.id}, 'login', ${'ACME\\lena'})`
  await sql`
    insert into hub.event (id, source, external_id, type, time, received_at, data)
    values ('evt_other', 'okta', 'other', 'user.session.start', now(), now(),
      ${JSON.stringify({ actor: { alternateId: 'ACME\\lena' }, target: [{ id: '00u9' }] })}::text::json)`
  await sql`insert into hub.reversal (person, connector, target) values (${person.id}, 'crm', 'samlp|acme|lena.park@acme-demo.test')`
  stage.silently(lena.oktaId, 'deactivate')
  await hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: lena.oktaId })]))
  await eventually(async () => {
    const rows = await hub.deliveries()
    expect(rows.every(({ status }) => status !== 'pending')).toBe(true)
    expect(stage.isShut(lena.enterpriseUserId)).toBe(true)
  })
  await orders.exceptPerson({ id: makeId('ord'), person: person.id, until, ...note('Lena keeps the mailbox') })
  // What was set aside an operator ends; what a vendor answered stands there as a connector would write it.
  await sql`update hub.delivery set status = 'superseded', code = 'dismissed' where status in ('failed', 'no_match')`
  await sql`update hub.attempt set calls = '["POST /users 400 Lena Park exists"]', stack = 'Error: Lena' where delivery_id in (
    select id from hub.delivery where kind = 'sync')`
  person = await readLena()
  await eventually(async () => {
    expect((await orders.planErase(person)).blocks).toEqual([])
  })
}

beforeAll(async () => {
  stage = await setInlineStage({ db, upkeep: { resync: false } })
  await meetHer()
  return () => stage[Symbol.asyncDispose]()
}, 180_000)

test('every table of the schema is said to have something of a person, or why not', async () => {
  const tables = new Set((await listColumns()).map(({ table }) => table))
  const rest = await sql<{ table: string }[]>`
    select table_name as table from information_schema.tables where table_schema = 'hub' and table_type = 'BASE TABLE'`
  for (const { table } of rest) tables.add(table)
  expect([...tables].toSorted()).toEqual([...Object.keys(personalTables), ...Object.keys(impersonalTables)].toSorted())
})

describe('erasing a person', () => {
  test('is refused while work is open, access stands, something is owed or held, or a legal hold is set', async () => {
    const { orders } = stage.hub.journal
    const blocks = async () => (await orders.planErase(person)).blocks.map(({ why }) => why)
    expect((await orders.planErase(person)).blocks).toEqual([])
    const make = {
      legal_hold: () => orders.setLegalHold({ person: person.id, ...note('claim 17') }),
      granted: () => sql`update hub.access_grant set ended_at = null`,
      owed: () => sql`update hub.owed set done_at = null`,
      held: () =>
        sql`insert into hub.hold (person, connector, direction, why) values (${person.id}, 'auth0', 'deny', 'brake')`,
      open: () =>
        sql`update hub.delivery set status = 'held' where id = (select max(id) from hub.delivery where kind = 'sync')`,
    }
    const undo = {
      legal_hold: () => orders.endLegalHold({ person: person.id, ...note('claim 17 is closed') }),
      granted: () => sql`update hub.access_grant set ended_at = now()`,
      owed: () => sql`update hub.owed set done_at = now()`,
      held: () => sql`delete from hub.hold`,
      open: () => sql`update hub.delivery set status = 'succeeded' where status = 'held'`,
    }
    for (const why of ['legal_hold', 'granted', 'owed', 'held', 'open'] as const) {
      await make[why]()
      expect([...new Set(await blocks())]).toContain(why)
      const order = { person, endsSearch: true, ...note('request 4711') }
      await expect(erasePerson(stage.hub.journal, order)).rejects.toMatchObject({ code: 'not_erasable' })
      await undo[why]()
    }
    // What she did to somebody else is theirs as well: their hold keeps it.
    await sql`insert into hub.person (id, source, authority_id) values ('per_other', 'okta', '00u9')`
    await sql`update hub.event set person = 'per_other' where id = 'evt_other'`
    await orders.setLegalHold({ person: 'per_other', ...note('claim 18') })
    expect((await orders.planErase(person)).blocks).toEqual([{ why: 'legal_hold', ids: ['evt_other'] }])
    await orders.endLegalHold({ person: 'per_other', ...note('claim 18 is closed') })
    expect(await findWords()).toContain('sighting.value')
  })

  test('asks to be told that the search by e-mail ends, and takes no reason that names them', async () => {
    const order = { person, ...note('request 4711') }
    await expect(erasePerson(stage.hub.journal, { ...order, endsSearch: false })).rejects.toMatchObject({
      code: 'ends_search',
    })
    await expect(
      erasePerson(stage.hub.journal, { ...order, endsSearch: true, reason: `asked by ${lena.email}` }),
    ).rejects.toThrow('names the person')
  })

  test('leaves their e-mail and name in no column, and what an export showed of both is gone', async () => {
    const before = await findWords()
    expect(before).toEqual(
      expect.arrayContaining([
        'access_grant.request',
        'adoption.reason',
        'adoption.target',
        'attempt.calls',
        'attempt.stack',
        'attempt.state',
        'audit_note.words',
        'batch.name',
        'batch_row.changes',
        'batch_row.lane',
        'batch_row.target',
        'brake_order.reason',
        'delivery.request',
        'delivery.lane',
        'event.data',
        'exception.reason',
        'lane.key',
        'person.state',
        'reversal.target',
        'session.email',
        'session.name',
        'session.subject',
        'sighting.value',
        'signin_link.reason',
        'token.name',
        'token.owner',
      ]),
    )
    // An export shows each of these columns.
    const { records } = stage.hub.journal
    for (const bounds of [
      { rows: 1, bytes: 1_000_000 },
      { rows: 1000, bytes: 100 },
    ]) {
      expect(await records.exportPerson(person, bounds)).toBeNull()
    }
    const exported = (await records.exportPerson(person, { rows: 1000, bytes: 1_000_000 })) ?? []
    const shown = exported.filter(({ rows }) =>
      rows.some((row) => words.some((word) => JSON.stringify(row).includes(word))),
    )
    expect(new Set(shown.map(({ table }) => table))).toEqual(new Set(before.map((column) => column.split('.')[0])))

    const columns = new Set(exported.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row))))
    expect(['hash', 'salt', 'words', 'name'].filter((name) => columns.has(name))).toEqual(['words', 'name'])

    await erasePerson(stage.hub.journal, { person, endsSearch: true, ...note('request 4711') })
    expect(await findWords()).toEqual([])
  })

  test('keeps the door shut: the mark, the accounts by their ids, the looks at these, and every row with its times', async () => {
    const erased = await readLena()
    expect(erased).toMatchObject({ deniedAt: expect.any(String), state: { access: 'deny', erased: true, emails: [] } })
    const links = erased.sightings.map(({ kind, value }) => `${kind} ${value}`)
    expect(links).toContain(`link ${lena.databaseUserId}`)
    const looks =
      await sql`select ids_at is not null as ids, search_at as search from hub.verification where connector = 'auth0'`
    expect(looks).toEqual([{ ids: true, search: null }])
    const [attempt] =
      await sql`select outcome, changes from hub.attempt where changes::text <> '[]' order by id limit 1`
    expect(attempt).toMatchObject({
      outcome: 'succeeded',
      changes: expect.arrayContaining([expect.objectContaining({ result: 'done' })]),
    })
  })

  test('goes on record with ids alone, and the words of older orders are erased while their rows stay', async () => {
    const rows = await sql<{ act: string; words: string; targets: string[]; reason: string | null }[]>`
      select act, words, to_jsonb(targets) as targets, reason from hub.audit_entry where ${person.id} = any(targets) order by at`
    expect(rows.at(-1)).toMatchObject({
      act: 'person.erase',
      words: 'kept',
      targets: [person.id],
      reason: 'request 4711',
    })
    expect(rows.slice(0, -1).every(({ words }) => words === 'erased')).toBe(true)
  })

  test('lasts: what a later look reads at the authority is not kept', async () => {
    await stage.hub.queueSync([{ source: 'okta', authorityId: lena.oktaId }], { reason: 'again' })
    await eventually(async () => {
      const [row] = await sql`select count(*)::int as open from hub.delivery where status = 'pending'`
      expect(row?.open).toBe(0)
    })
    expect(await findWords()).toEqual([])
    expect((await stage.hub.journal.records.findPeople(omar.email)).length).toBeLessThan(2)
  })
})

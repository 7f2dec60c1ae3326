import { beforeEach, describe, expect, test } from 'vitest'
import { makeId } from '../../../src/core/id.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { keepLeavings } from '../../../src/operate/keep-leavings.ts'
import { listLeavers } from '../../../src/operate/leavers.ts'
import { makePruneJournal } from '../../../src/upkeep/prune-journal.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { newEvent, personIdOf, wipe } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, setStage } from '../../support/stage.ts'
import { passTime } from '../../support/time.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
const day = 24 * 60 * 60
const step = { after: '', keepDays: 40, rows: 100 }

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.evidence, hub.access_grant, hub.hold, hub.verification`
})

/** An event that is over: its delivery has an attempt. */
async function addDone(facts: Parameters<typeof newEvent>[0] = {}) {
  const event = newEvent({ hint: 'neutral', data: { said: 'Lena' }, ...facts })
  await ingest(sql, [[event]])
  const delivery = event.deliveries[0]?.id ?? ''
  await sql`update hub.delivery set status = 'succeeded', next_attempt_at = null, settled_at = now() where id = ${delivery}`
  await sql`
    insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, state)
    values (${makeId('att')}, ${delivery}, 1, 'scheduled', now(), 5, 'succeeded', '{"status": "ACTIVE", "access": "allow"}')`
  return { event: event.id, delivery, externalId: event.externalId }
}

/** A request that is over. */
async function addRequest(email = 'lena@acme.test') {
  const done = await addDone({ kind: 'on', source: 'lumos', type: 'inline.deprovision' })
  const request = {
    request: { subject: { email, givenName: 'Lena', familyName: 'Park' }, application: { id: 'crm' }, permissions: [] },
    source: 'lumos',
  }
  await sql`
    update hub.delivery set kind = 'deprovision', request = ${sql.json(request)}, accesses = '{"[\\"crm\\",\\"\\"]"}'
    where id = ${done.delivery}`
  return done
}

const listIds = async (table: 'event' | 'delivery') =>
  (await sql<{ id: string }[]>`select id from ${sql('hub')}.${sql(table)} order by id`).map(({ id }) => id)

describe('bodies', () => {
  test('go after their days, and of requests what people wrote and are called; what is young or open keeps its own', async () => {
    await addDone()
    const request = await addRequest()
    const open = await addDone({ person: '00u2' })
    await sql`update hub.delivery set status = 'held' where id = ${open.delivery}`
    await passTime(sql, 41 * day)
    const young = await addDone({ person: '00u3' })
    expect(await journal.records.pruneBodies(step)).toMatchObject({ count: 2, last: null })
    const rows = await sql<{ id: string; body: boolean }[]>`select id, data is not null as body from hub.event`
    const kept = rows.filter(({ body }) => body).map(({ id }) => id)
    expect(kept.toSorted()).toEqual([open.event, young.event].toSorted())
    const [left] = await sql`select request::text as request from hub.delivery where id = ${request.delivery}`
    expect(left?.request).not.toMatch(/lena|Park/i)
    expect(left?.request).toContain('crm')
  })

  test('stay of whom something is owed or held', async () => {
    for (const person of ['00u1', '00u2', '00u3']) await addDone({ person })
    await sql`insert into hub.owed (person, connector, target, action, change) values (${personIdOf('okta', '00u1')}, 'auth0', 'a', 'revoke', '{}')`
    await sql`insert into hub.hold (person, connector, direction, why) values (${personIdOf('okta', '00u2')}, 'auth0', 'deny', 'brake')`
    await passTime(sql, 41 * day)
    expect(await journal.records.pruneBodies(step)).toMatchObject({ count: 1 })
    await sql`update hub.owed set done_at = now()`
    await sql`delete from hub.hold`
    expect(await journal.records.pruneBodies(step)).toMatchObject({ count: 2 })
  })

  test('of which nothing is left make no handler run again', async () => {
    const request = await addRequest()
    const told = await addDone({ kind: 'on' })
    const synced = await addDone()
    await passTime(sql, 41 * day)
    await journal.records.pruneBodies(step)
    const ids = [request.delivery, told.delivery, synced.delivery]
    expect((await journal.orders.replay({ ids })).map(({ id }) => id)).toEqual([synced.delivery])
  })

  test('that several events share stay while one of them is open', async () => {
    const one = await addDone({ kind: 'on' })
    const other = await addDone({ kind: 'on', person: '00u2' })
    await sql`update hub.event set part_of = ${one.event}, data = null where id = ${other.event}`
    await sql`update hub.delivery set status = 'failed' where id = ${other.delivery}`
    await passTime(sql, 41 * day)
    expect(await journal.records.pruneBodies(step)).toMatchObject({ count: 0 })
    await sql`update hub.delivery set status = 'superseded' where id = ${other.delivery}`
    expect(await journal.records.pruneBodies(step)).toMatchObject({ count: 1 })
  })
})

describe('events', () => {
  const prune = (facts: Partial<typeof step> = {}) => journal.records.pruneEvents({ ...step, ...facts, keepLeavings })

  test('go with deliveries and attempts, and what comes again after that is still known', async () => {
    const old = await addDone()
    await passTime(sql, 41 * day)
    const young = await addDone()
    expect(await prune()).toMatchObject({ count: 1 })
    expect([await listIds('event'), await listIds('delivery')]).toEqual([[young.event], [young.delivery]])
    expect(await sql`select 1 from hub.attempt`).toHaveLength(1)
    const [again] = await ingest(sql, [[newEvent({ externalId: old.externalId })]])
    expect(again).toMatchObject({ recorded: 0, duplicates: 1 })
  })

  test('stay that are open, set aside, owed, held, granted, pointed to, or told by an alert that is not over', async () => {
    const made = []
    for (let i = 0; i < 7; i++) made.push(await addDone({ person: `00u${i}` }))
    const [pending, aside, owed, held, granted, alerting, last] = made as [
      Awaited<ReturnType<typeof addDone>>,
      ...typeof made,
    ]
    const pointing = await addDone({ person: '00u6' })
    await sql`update hub.delivery set status = 'pending' where id = ${pending.delivery}`
    await sql`update hub.delivery set status = 'uncertain' where id = ${aside?.delivery ?? ''}`
    await sql`insert into hub.owed (person, connector, target, action, change) values (${personIdOf('okta', '00u2')}, 'auth0', 'a', 'revoke', '{}')`
    await sql`insert into hub.hold (person, connector, direction, why) values (${personIdOf('okta', '00u3')}, 'auth0', 'deny', 'brake')`
    await sql`
      insert into hub.access_grant (id, person, connector, source, delivery_id, access, permission, request, had_before)
      values ('grt_1', ${personIdOf('okta', '00u4')}, 'auth0', 'okta', ${granted?.delivery ?? ''}, '[]', '{}', '{}', false)`
    await sql`insert into hub.alert (event_id, type, about, told) values (${alerting?.event ?? ''}, 'hub.alert.stuck', 'x', true)`
    await sql`update hub.delivery set status = 'pending', collapsed_into = ${last?.delivery ?? ''} where id = ${pointing.delivery}`
    await passTime(sql, 41 * day)
    expect(await prune()).toMatchObject({ count: 0 })
    expect(owed && held).toBeTruthy()
    // Each of them alone is what kept its event.
    await sql`update hub.delivery set status = 'succeeded', collapsed_into = null`
    await sql`update hub.owed set done_at = now()`
    await sql`delete from hub.hold`
    await sql`update hub.access_grant set ended_at = now()`
    await sql`update hub.alert set over_at = now(), resolved_at = now()`
    expect(await prune()).toMatchObject({ count: 8 })
  })

  test('leave a row of ids for each request and each grant, without a name', async () => {
    const { delivery, event } = await addRequest()
    await sql`
      insert into hub.access_grant (id, person, connector, source, delivery_id, access, permission, request, had_before, ended_at)
      values ('grt_1', ${personIdOf('lumos', '00u1')}, 'auth0', 'lumos', ${delivery}, '["crm",""]', '{}',
        '{"request": {"subject": {"email": "lena@acme.test", "givenName": "Lena"}, "application": {"id": "crm"}}}', false, now())`
    await passTime(sql, 41 * day)
    await prune()
    const [grant] = await sql`select request::text as request from hub.access_grant`
    expect([/lena/i.test(grant?.request), String(grant?.request).includes('crm')]).toEqual([false, true])
    const rows =
      await sql`select kind, event_id as event, delivery_id as delivery, facts from hub.evidence order by kind`
    expect(rows).toMatchObject([
      { kind: 'grant', event, delivery, facts: { access: '["crm",""]' } },
      { kind: 'request', event, delivery, facts: { kind: 'deprovision', status: 'succeeded' } },
    ])
    expect(JSON.stringify(rows)).not.toMatch(/lena|park/i)
    await passTime(sql, 100 * day)
    expect(await journal.records.pruneEvidence({ keepDays: 120, rows: 1 })).toBe(1)
    expect(await journal.records.pruneEvidence({ keepDays: 120, rows: 9 })).toBe(1)
  })

  test('of a person under legal hold stay with bodies and evidence, what was asked for under their e-mail too, until it ends', async () => {
    const held = await addDone({ person: '00u1' })
    const asked = await addRequest('Held@acme.test')
    await addDone({ person: '00u2' })
    await addRequest('other@acme.test')
    const person = personIdOf('okta', '00u1')
    await sql`update hub.event set person = null where id = ${asked.event}`
    await sql`update hub.delivery set person = null where id = ${asked.delivery}`
    await sql`insert into hub.sighting (person, kind, value) values (${person}, 'email', 'held@acme.test')`
    const note = { ...operator(), reason: 'claim 17', person }
    await journal.orders.setLegalHold(note)
    await passTime(sql, 41 * day)
    expect(await journal.records.pruneBodies(step)).toMatchObject({ count: 2 })
    expect(await prune()).toMatchObject({ count: 2 })
    expect(await listIds('event')).toEqual([held.event, asked.event].toSorted())
    expect(await sql`select 1 from hub.event where data is not null`).toHaveLength(2)
    await sql`
      insert into hub.evidence (id, kind, person, connector, begun_at, heard_at)
      values ('evd_1', 'leaving', ${person}, 'auth0', now() - interval '41 days', now() - interval '41 days')`
    expect(await journal.records.pruneEvidence({ keepDays: 40, rows: 10 })).toBe(1)
    await journal.orders.endLegalHold(note)
    expect(await prune()).toMatchObject({ count: 2 })
    expect(await journal.records.pruneEvidence({ keepDays: 40, rows: 10 })).toBeGreaterThan(0)
    expect(await listIds('event')).toEqual([])
  })

  test('take sessions that are over for so long with them, but of who is under legal hold, and links but of emergencies', async () => {
    await sql`truncate hub.session, hub.signin_link, hub.legal_hold`
    const person = personIdOf('okta', '00u1')
    await sql`
      insert into hub.session (id, hash, way, account, name, role, idle_seconds, made_at, expires_at)
      select 'ses_' || n, lpad(n::text, 64, '0'), 'link', case n when 1 then ${person} else 'ann' end, 'Ann', 'viewer', 600,
        now() - days * interval '1 day', now() - (days - 1) * interval '1 day'
      from (values (1, 60), (2, 60), (3, 42), (4, 40)) as t (n, days)`
    await sql`
      insert into hub.signin_link (id, hash, kind, role, source, authority_id, made_by, made_at, expires_at)
      select 'lnk_' || n, lpad(n::text, 64, '0'), kind, 'operator', source, source, 'ann', at, at + interval '10 minutes'
      from (values (1, 'link', null, now() - interval '60 days'), (2, 'break_glass', 'okta', now() - interval '60 days'),
        (3, 'link', null, now())) as t (n, kind, source, at)`
    await addDone({ person: '00u1' })
    await sql`insert into hub.legal_hold (person, reason, ordered_by) values (${person}, 'claim 17', 'ann')`
    expect(await journal.records.pruneSignIns({ keepDays: 40, rows: 1 })).toBe(1)
    expect(await journal.records.pruneSignIns({ keepDays: 40, rows: 9 })).toBe(1)
    expect(await sql`select id from hub.session order by id`).toEqual([{ id: 'ses_1' }, { id: 'ses_4' }])
    expect(await sql`select id from hub.signin_link order by id`).toEqual([{ id: 'lnk_2' }, { id: 'lnk_3' }])
    await sql`truncate hub.legal_hold`
    const keep = { bodiesDays: null, days: 40, evidenceDays: 40 }
    const work = makePruneJournal({ journal, keep, keepLeavings, everySeconds: 3600, leaseSeconds: 60 })
    await work()
    expect(await sql`select id from hub.session order by id`).toEqual([{ id: 'ses_4' }])
  })

  test('go some at a time, by their keys, in a chore that goes on where it was', async () => {
    for (let i = 0; i < 5; i++) await addDone({ person: `00u${i}` })
    await passTime(sql, 41 * day)
    const first = await prune({ rows: 2 })
    expect(first).toMatchObject({ count: 2, last: expect.stringMatching(/^evt_/) })
    expect(await prune({ rows: 2, after: first.last ?? '' })).toMatchObject({ count: 2 })
    const keep = { bodiesDays: 40, days: 40, evidenceDays: 40 }
    const work = makePruneJournal({ journal, keep, keepLeavings, everySeconds: 3600, leaseSeconds: 60 })
    expect(await work()).toBe(false)
    expect(await listIds('event')).toEqual([])
    // The next round is due in an hour.
    await addDone()
    await passTime(sql, 41 * day)
    await sql`update hub.chore set due_at = now() + interval '1 hour'`
    await work()
    expect(await listIds('event')).toHaveLength(1)
  })
})

test('a leaving is told as before when its rows are gone, whole or in part', async () => {
  await using stage = await setStage({ db })
  const leave = () => stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  stage.silently(LENA.oktaId, 'deactivate')
  await leave()
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  const settled = async () => {
    const rows = await stage.hub.deliveries()
    expect(rows.every(({ status }) => status === 'succeeded')).toBe(true)
  }
  await eventually(settled)
  await passTime(sql, 60 * day)
  // A later look at her, which stays: what says how she stands.
  await stage.hub.queueSync([{ source: 'okta', authorityId: LENA.oktaId }], { reason: 'again' })
  await eventually(settled)
  await stage.hub[Symbol.asyncDispose]()
  const period = { from: new Date(Date.now() - 90 * day * 1000).toISOString(), to: new Date().toISOString() }
  const [before, more] = await listLeavers(journal, period)
  expect([before?.heldAt, more]).toEqual([expect.any(String), undefined])
  const prune = () => journal.records.pruneEvents({ ...step, keepLeavings })
  expect((await prune()).count).toBeGreaterThan(0)
  const told = ({ actedBy: _, login: __, detail: ___, ...rest }: NonNullable<typeof before>) => rest
  const [part] = await listLeavers(journal, period)
  expect(part && told(part)).toEqual(before && told(before))
  // She is denied: the run that says so stays, however old, until there is a newer one.
  await passTime(sql, 60 * day)
  await prune()
  expect(await sql`select 1 from hub.delivery where kind = 'sync'`).toHaveLength(1)
  const later = { from: new Date(Date.now() - 150 * day * 1000).toISOString(), to: new Date().toISOString() }
  await sql`delete from hub.attempt`
  await sql`delete from hub.delivery`
  const [evidence] = await listLeavers(journal, later)
  expect(evidence).toMatchObject({
    person: before?.person,
    detail: 'from evidence',
    secondsToLockout: before?.secondsToLockout,
  })
})

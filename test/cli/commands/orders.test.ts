import { beforeEach, expect, test } from 'vitest'
import { makeJournal } from '../../../src/journal/index.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { cliHere } from '../../support/cli.ts'
import { lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { newEvent, personIdOf, wipe, wipeAudit } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
const cli = (...args: string[]) => cliHere({ args, env: { DATABASE_URL: db.url } })

beforeEach(async () => {
  await wipe(sql)
  await wipeAudit(sql)
  await sql`truncate hub.source, hub.protected`
})

async function jsonOf(...args: string[]) {
  const { out, err } = await cli(...args, '--json')
  if (err) throw new Error(err)
  return JSON.parse(out)
}

async function addFailed(count: number, facts: Parameters<typeof newEvent>[0] = {}): Promise<string[]> {
  const events = Array.from({ length: count }, (_, i) => newEvent({ person: `00u${i}`, ...facts }))
  await ingest(sql, [events])
  const ids = events.flatMap(({ deliveries }) => deliveries.map(({ id }) => id))
  await sql`update hub.delivery set status = 'failed', attempts = 3, next_attempt_at = null where id = any(${ids})`
  return ids
}

const hubRuns = () => journal.records.recordHeartbeat([{ id: 'okta', heardSecondsAgo: 1 }])
const pauseAuth0 = () => journal.queue.pause({ id: 'auth0', reason: 'invalid_client', probeSeconds: 600 })

test('replay says that no hub runs, and since when', async () => {
  const [id = ''] = await addFailed(1)
  const never = await cli('replay', id)
  expect(never).toMatchObject({ code: 0, out: expect.stringContaining('It waits: no hub runs. Start the hub') })
  await hubRuns()
  await sql`update hub.source set alive_at = now() - interval '3 minutes'`
  expect((await cli('replay', id)).out).toMatch(/no hub runs, the last sign of one was .*\(3 min ago\)/)
  await hubRuns()
  expect((await cli('replay', id)).out).not.toContain('It waits')
})

test('replay says that the connector is paused, or the authority that is asked first', async () => {
  await hubRuns()
  await pauseAuth0()
  const [id = ''] = await addFailed(1)
  expect((await cli('replay', id)).out).toMatch(
    /auth0 is paused \(invalid_client\), since .*"npm run hub -- resume auth0"/,
  )
  await journal.orders.resumeConnector({ id: 'ord_1', connector: 'auth0', reason: 'x', ...operator() })
  await journal.queue.pause({ id: 'okta', reason: 'E0000011', probeSeconds: 600 })
  expect(await jsonOf('replay', id)).toMatchObject([{ replayed: true, waitsFor: { for: 'authority', id: 'okta' } }])
})

test('recover says of five that wait what they wait for, though there is nothing to replay', async () => {
  await hubRuns()
  await pauseAuth0()
  await ingest(sql, [Array.from({ length: 5 }, (_, i) => newEvent({ person: `00u${i}` }))])
  const { code, out } = await cli('recover', '--since', '1h')
  expect(code).toBe(0)
  expect(out).toMatch(
    /Nothing to replay since .*\n5 deliveries wait:\n {2}5 for auth0: auth0 is paused \(invalid_client\)/,
  )
  expect(await jsonOf('recover', '--since', '1h')).toMatchObject({
    found: [],
    waiting: [{ connector: 'auth0', count: 5, waitsFor: 'connector' }],
  })
})

test('recover tells what the hub tries again by itself from what no hub takes', async () => {
  await hubRuns()
  await ingest(sql, [[newEvent(), newEvent({ person: '00u2', connector: 'relay' })]])
  await sql`update hub.delivery set attempts = 2, next_attempt_at = now() + interval '5 minutes' where connector = 'auth0'`
  const tried = await jsonOf('recover', '--since', '1h')
  expect(tried.waiting).toMatchObject([
    { connector: 'auth0', waitsFor: 'next_try', count: 1 },
    { connector: 'relay', waitsFor: null, count: 1 },
  ])
  await sql`truncate hub.source`
  const { waiting } = await jsonOf('recover', '--since', '1h')
  expect(waiting.map(({ waitsFor }: { waitsFor: string }) => waitsFor)).toEqual(['hub', 'hub'])
})

test('recover of more than one delivery wants to know why, and of one it does not', async () => {
  const [first = ''] = await addFailed(2)
  expect(await cli('recover', '--since', '1h', '--yes')).toMatchObject({
    code: 2,
    err: expect.stringContaining('reason'),
  })
  expect(await cli('recover', '--since', '1h')).toMatchObject({ code: 1, out: expect.stringContaining('--reason') })
  expect(await cli('recover', '--since', '1h', '--yes', '--json')).toMatchObject({ code: 2 })
  expect(await sql`select 1 from hub.delivery where status = 'pending'`).toEqual([])
  await sql`update hub.delivery set status = 'succeeded' where id = ${first}`
  expect(await cli('recover', '--since', '1h', '--yes')).toMatchObject({ code: 0 })
})

test('who replayed and recovered, and why, is kept, and shown in show, person and brake', async () => {
  const [id = '', other = ''] = await addFailed(2)
  await cli('replay', id, '--reason', 'the vendor is back', '--by', 'ann')
  await cli('recover', '--since', '1h', '--yes', '--by', 'bob', '--reason', 'it is mended')
  const rows = await journal.orders.listOrders({ limit: 9 })
  expect(rows).toMatchObject([
    { kind: 'recover', by: 'bob', reason: 'it is mended' },
    { kind: 'replay', by: 'ann', reason: 'the vendor is back', about: [id, personIdOf('okta', '00u0')] },
  ])
  expect(rows[0]?.about).toContain(other)
  expect((await cli('show', id)).out).toMatch(
    /What operators ordered\n.*recover by bob.*\n.*replay by ann: the vendor is back/,
  )
  expect((await cli('person', '00u0')).out).toMatch(/order +replay +ann: the vendor is back/)
  expect((await cli('brake')).out).toMatch(/replay +ann +the vendor is back/)
  expect(await jsonOf('show', id)).toMatchObject({
    deliveries: [{ orders: [{ kind: 'recover' }, { by: 'ann', about: [id, personIdOf('okta', '00u0')] }] }],
  })
})

test('who protected, unprotected and excepted a person, and why, is shown with the person', async () => {
  await ingest(sql, [[newEvent()]])
  await cli('protect', '00u1', '--until', '30d', '--reason', 'glass', '--by', 'ann')
  await cli('unprotect', '00u1', '--by', 'bob', '--reason', 'not needed')
  await cli('except', '00u1', '--until', '7d', '--reason', 'legal', '--by', 'cyd')
  // The simulated person's id is not made of the authority's: protection goes by the real one.
  const orders = await journal.orders.listOrders({ limit: 9 })
  expect(orders.map(({ kind, by, reason }) => [kind, by, reason])).toEqual([
    ['except', 'cyd', 'legal'],
    ['unprotect', 'bob', 'not needed'],
    ['protect', 'ann', 'glass'],
  ])
  expect((await cli('person', '00u1')).out).toMatch(/order +except +cyd: legal/)
})

test('an order goes on record with the name of the system’s user when no other is given', async () => {
  const [id = ''] = await addFailed(1)
  await cli('replay', id)
  const { userInfo } = await import('node:os')
  expect(await journal.orders.listOrders({ about: [id], limit: 1 })).toMatchObject([{ by: userInfo().username }])
})

test('a refused provision rings until it is dismissed, with a reason, and shows who did it', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody({ permissions: ['not:listed'] }))
  const [row] = await stage.hub.journal.records.listDeliveries({ kind: 'provision', limit: 1 })
  const id = row?.id ?? ''
  expect((await stage.hub.journal.records.measureQueue()).deliveries).toMatchObject([{ status: 'failed', count: 1 }])
  expect((await cli('show', id)).out).toContain(`dismiss ${id} --reason`)
  expect((await cli('dismiss', id)).code).toBe(2)
  const done = await cli('dismiss', id.slice(0, 24), '--reason', 'asked for by mistake', '--by', 'ann')
  expect(done).toMatchObject({ code: 0, out: `${id} is dismissed: it rings no longer.\n` })
  expect((await stage.hub.journal.records.measureQueue()).deliveries).toEqual([])
  const { out } = await cli('show', id)
  expect(out).toMatch(/superseded {2}was set aside, and dismissed by an operator/)
  expect(out).toMatch(/dismiss by ann: asked for by mistake/)
  expect(out).toMatch(/Dismissed by ann: asked for by mistake\. It was failed\. .*not:listed/)
  expect(await cli('dismiss', id, '--reason', 'again')).toMatchObject({
    code: 1,
    err: expect.stringContaining('It is superseded: it does not ring.'),
  })
})

test('a refused revoke is not dismissed: it is cancelled alone, with a reason', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('deprovision', lumosBody({ permissions: ['not:listed'] }))
  const [row] = await stage.hub.journal.records.listDeliveries({ status: 'failed', limit: 1 })
  const id = row?.id ?? ''
  const refused = await cli('dismiss', id, '--reason', 'x')
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringMatching(/A revoke takes access away[\s\S]*brake cancel dlv_/),
  })
  expect((await cli('brake', 'cancel', id, '--reason', 'taken by hand', '--by', 'ann')).code).toBe(0)
  expect(await journal.records.showDelivery(id)).toMatchObject({ status: 'superseded', code: 'cancelled' })
  expect((await cli('show', id)).out).toContain('brake cancel by ann: taken by hand')
})

test.each(['failed', 'held', 'contradicted', 'no_match', 'uncertain'])(
  'a lockout that is %s is never dismissed, and its cancelling stays in the report of leavers',
  async (status) => {
    const [id = ''] = await addFailed(1)
    await sql`update hub.delivery set status = ${status}`
    expect(await cli('dismiss', id, '--reason', 'x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('takes access away'),
    })
    expect((await cli('brake', 'cancel', id, '--reason', 'by hand', '--by', 'ann')).code).toBe(0)
    const { leavers } = await jsonOf('report', 'leavers')
    expect(leavers).toMatchObject([
      { exception: 'cancelled', detail: expect.stringContaining('Cancelled by ann: by hand') },
    ])
  },
)

test('what still goes on by itself is neither dismissed nor cancelled by its id', async () => {
  await ingest(sql, [[newEvent({ hint: 'allow' })]])
  const [row] = await journal.records.listDeliveries({ limit: 1 })
  const answer = await cli('dismiss', row?.id ?? '', '--reason', 'x')
  expect(answer).toMatchObject({ code: 1, err: expect.stringContaining('It goes on by itself') })
  expect(await journal.orders.listOrders({ limit: 1 })).toEqual([])
})

test('the beginning of an id will do where no other begins so, and else the answer says which do', async () => {
  const [id = '', other = ''] = await addFailed(2)
  let common = 0
  while (id[common] === other[common]) common++
  expect((await cli('show', id.slice(0, common + 1))).out).toContain(id)
  const both = await cli('replay', id.slice(0, common))
  expect(both.code).toBe(1)
  for (const each of [id, other]) expect(both.err).toContain(each)
  expect((await cli('person', personIdOf('okta', '00u0').slice(0, -1))).err).toContain('Several ids begin with')
  // A whole id that others begin with is meant itself.
  await ingest(sql, [[newEvent({ person: '00u01' })]])
  expect((await jsonOf('person', personIdOf('okta', '00u0')))[0].authorityId).toBe('00u0')
  const [event] = await sql<{ id: string }[]>`select id from hub.event where person = ${personIdOf('okta', '00u01')}`
  expect((await cli('replay', event?.id.slice(0, 20) ?? '')).code).toBe(0)
})

test('show and brake tell who acted at the authority, by its event', async () => {
  const actor = { id: '00uADMIN', type: 'User', alternateId: 'ops@acme-demo.test', displayName: 'Ops Robot' }
  await ingest(sql, [[newEvent({ data: { actor } })]])
  // A resync of the same person names nobody; the event that told of it does.
  await ingest(sql, [[{ ...newEvent({ hint: 'neutral', data: { actor: { displayName: 'nobody' } } }), source: 'hub' }]])
  await sql`insert into hub.hold (person, connector, direction, why) values (${personIdOf('okta', '00u1')}, 'auth0', 'deny', 'brake')`
  const [told, queued] = await sql<{ id: string }[]>`select id from hub.delivery order by seq`
  const words = 'Ops Robot (ops@acme-demo.test, 00uADMIN)'
  expect((await cli('show', told?.id ?? '')).out).toContain(`done by       ${words}`)
  expect((await cli('show', queued?.id ?? '')).out).not.toContain('done by')
  expect((await cli('brake')).out).toContain(words)
  expect(await jsonOf('brake')).toMatchObject({ holds: [{ actor: { id: '00uADMIN', name: 'Ops Robot' } }] })
  await sql`delete from hub.hold`
})

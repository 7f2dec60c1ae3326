import { beforeEach, describe, expect, test } from 'vitest'
import { makeBound } from '../../src/core/id.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { ingest } from '../../src/journal/queue/ingest.ts'
import { type DeliveryQuery, listDeliveryPage } from '../../src/operate/deliveries.ts'
import { newEvent, personIdOf, wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)

beforeEach(() => wipe(sql))

const page = (query: Partial<DeliveryQuery> = {}) => listDeliveryPage(journal, { folds: true, limit: 50, ...query })

async function idsOf(query: Partial<DeliveryQuery>): Promise<string[]> {
  return (await page(query)).deliveries.map(({ id }) => id)
}

async function add(facts: Parameters<typeof newEvent>[0] & { code?: string; email?: string; answer?: object } = {}) {
  const event = newEvent(facts)
  await ingest(sql, [[event]])
  const id = event.deliveries[0]?.id ?? ''
  if (facts.code)
    await sql`update hub.delivery set code = ${facts.code}, last_error = 'Nobody has allowed this.', status = 'failed',
      next_attempt_at = null where id = ${id}`
  if (facts.email) {
    const request = { request: { subject: { email: facts.email }, application: { id: 'a' } } }
    await sql`update hub.delivery set request = ${sql.json(request)}, kind = 'validate' where id = ${id}`
  }
  if (facts.answer)
    await sql`update hub.delivery set answer = ${sql.json(facts.answer as never)}, status = 'succeeded' where id = ${id}`
  return { id, event: event.id, externalId: event.externalId }
}

const resync = { source: 'hub', type: 'hub.resync', hint: 'neutral' } as const

describe('a list of deliveries', () => {
  test('is paged by its last id, without a gap and without a repeat', async () => {
    for (let i = 0; i < 5; i++) await ingest(sql, [[newEvent({ person: `00u${i}` }), newEvent({ person: `00v${i}` })]])
    const all = await idsOf({})
    expect(all).toEqual([...all].sort().reverse())
    const paged: string[] = []
    for (let before: string | null | undefined; before !== null; ) {
      const one = await page({ limit: 3, ...(before ? { before } : {}) })
      paged.push(...one.deliveries.map(({ id }) => id))
      before = one.next
    }
    expect(paged).toEqual(all)
    expect(all).toHaveLength(10)
  })

  test.each([
    ['the beginning of its id', (one: { id: string }) => one.id.slice(0, 22)],
    ['the beginning of its event’s id', (one: { event: string }) => one.event.slice(0, 22)],
    ['its person’s id', () => personIdOf('okta', '00uLENA')],
    ['the beginning of an e-mail, in other letters', () => 'LENA.pa'],
    ['the beginning of a login', () => 'lpark'],
    ['a part of its event’s type', () => 'Lifecycle.Suspend'],
    ['a part of its code', () => 'unmap'],
    ['a part of its last error', () => 'nobody has ALLOWED'],
    ['a part of the e-mail that was asked for', () => 'guest@else'],
  ])('is searched by %s', async (_what, textOf) => {
    const lena = await add({
      person: '00uLENA',
      type: 'user.lifecycle.suspend',
      code: 'unmapped',
      email: 'a.guest@elsewhere.test',
    })
    await add({ person: '00uOMAR' })
    await sql`insert into hub.sighting (person, kind, value) values
      (${personIdOf('okta', '00uLENA')}, 'email', 'Lena.Park@acme.test'), (${personIdOf('okta', '00uLENA')}, 'login', 'lpark'),
      (${personIdOf('okta', '00uOMAR')}, 'email', 'omar@acme.test')`
    expect(await idsOf({ search: textOf(lena) })).toEqual([lena.id])
  })

  test('has the deliveries of an event by our id, its beginning, the sender’s id, its type, and a family of types', async () => {
    const one = await add({ person: '00u1', type: 'user.lifecycle.suspend' })
    const other = await add({ person: '00u2', type: 'user.lifecycle.activate' })
    expect(await idsOf({ event: one.event })).toEqual([one.id])
    expect(await idsOf({ event: one.event.slice(0, -1) })).toEqual([one.id])
    expect(await idsOf({ event: one.externalId })).toEqual([one.id])
    expect(await idsOf({ event: 'user.lifecycle.suspend' })).toEqual([one.id])
    expect((await idsOf({ event: 'user.lifecycle.*' })).sort()).toEqual([one.id, other.id].sort())
    await expect(page({ event: 'nonsense' })).rejects.toThrow('No event has the id')
  })

  test('has what came or ended within a period', async () => {
    const old = await add({ person: '00u1' })
    const late = await add({ person: '00u2' })
    const recent = await add({ person: '00u3' })
    await sql`update hub.delivery set created_at = now() - interval '5 days' where id in (${old.id}, ${late.id})`
    await sql`update hub.delivery set settled_at = now(), status = 'succeeded' where id = ${late.id}`
    const yesterday = new Date(Date.now() - 86_400_000).toISOString()
    expect((await idsOf({ since: yesterday })).sort()).toEqual([late.id, recent.id].sort())
    expect(await idsOf({ until: new Date(Date.now() - 3_600_000).toISOString() })).toEqual([])
    await expect(idsOf({ since: yesterday, until: new Date().toISOString() })).resolves.toHaveLength(2)
  })

  test('has what was asked for under an e-mail, though the hub knows no person of it', async () => {
    const asked = await add({ person: null, kind: 'on', email: 'Guest@else.test' })
    await add({ person: '00u2' })
    expect(await idsOf({ person: 'guest@ELSE.test' })).toEqual([asked.id])
    await expect(page({ person: 'nobody@else.test' })).rejects.toThrow('Nobody is known as')
  })

  test('has inline hooks by what they were answered', async () => {
    const no = await add({ person: '00u1', email: 'a@b.test', answer: { answer: 'reject', message: 'no' } })
    const yes = await add({ person: '00u2', email: 'a@b.test', answer: { answer: 'accept' } })
    const unmapped = await add({ person: '00u3', email: 'a@b.test', code: 'unmapped' })
    expect(await idsOf({ answer: 'reject' })).toEqual([no.id])
    expect(await idsOf({ answer: 'accept' })).toEqual([yes.id])
    expect(await idsOf({ answer: 'unmapped' })).toEqual([unmapped.id])
  })

  test('folds resyncs and looks that changed nothing into a count, and shows one that did something', async () => {
    const first = await add({ person: '00u1' })
    for (let i = 0; i < 4; i++) await add({ ...resync, person: `00r${i}` })
    await add({ ...resync, type: 'hub.verify.ids', person: '00v1' })
    const busy = await add({ ...resync, person: '00r9' })
    await sql`update hub.delivery set status = 'succeeded', next_attempt_at = null`
    await sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, changes)
      values ('att_1', ${busy.id}, 1, 'scheduled', now(), 1, 'succeeded', '[{"action": "block"}]')`
    const listed = await page()
    expect(listed.deliveries.map(({ id }) => id)).toEqual([busy.id, first.id])
    expect(listed).toMatchObject({ folded: 5, next: null, bounded: false })
    expect((await page({ folds: false })).deliveries).toHaveLength(7)
  })

  test('says of a collapsed one which run stands for it, however many were collapsed in between', async () => {
    const [a, b, c] = [await add(), await add(), await add()]
    await sql`update hub.delivery set collapsed_into = ${b?.id ?? ''}, next_attempt_at = null where id = ${a?.id ?? ''}`
    await sql`update hub.delivery set collapsed_into = ${c?.id ?? ''}, next_attempt_at = null where id = ${b?.id ?? ''}`
    await sql`update hub.delivery set attempts = 7 where id = ${c?.id ?? ''}`
    const { deliveries } = await page()
    expect(deliveries.map(({ run }) => run?.id ?? null)).toEqual([null, c?.id, c?.id])
    expect(deliveries[2]?.run).toMatchObject({ attempts: 7, nextAttemptAt: expect.any(String) })
  })

  test('keeps the attempts that a collapsed one had before, and shows those of its run after them', async () => {
    const [a, b, c] = [await add(), await add(), await add()]
    await sql`update hub.delivery set collapsed_into = ${b?.id ?? ''}, next_attempt_at = null where id = ${a?.id ?? ''}`
    await sql`update hub.delivery set collapsed_into = ${c?.id ?? ''}, next_attempt_at = null where id = ${b?.id ?? ''}`
    await sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, changes)
      values ('att_1', ${a?.id ?? ''}, 1, 'scheduled', now() - interval '1 hour', 1, 'succeeded', '[]'),
        ('att_2', ${c?.id ?? ''}, 1, 'scheduled', now(), 1, 'retry', '[]')`
    const shown = await journal.records.showDelivery(a?.id ?? '')
    expect(shown?.tries.map(({ id }) => id)).toEqual(['att_1', 'att_2'])
    expect((await journal.records.showDelivery(c?.id ?? ''))?.tries.map(({ id }) => id)).toEqual(['att_2'])
  })
})

describe('a long list', () => {
  /** So many routine deliveries, made in one statement, each some milliseconds after the other. */
  async function addMany(count: number): Promise<void> {
    const start = Date.now() - 10 * 86_400_000
    const [low, high] = [makeBound('dlv', start), makeBound('dlv', start + 1)]
    expect(low < high).toBe(true)
    await sql`insert into hub.event (id, source, external_id, type, time, received_at)
      select 'evt_many' || lpad(i::text, 9, '0'), 'okta', 'x' || i, 'user.session.start', now(), now() from generate_series(1, ${count}) i`
    await sql`insert into hub.delivery (id, event_id, lane, connector, kind, direction, hint, event_time, created_at, status, settled_at)
      select ${low} || lpad(i::text, 9, '0'), 'evt_many' || lpad(i::text, 9, '0'), 'l', 'relay', 'on', 'neutral', 'neutral', now(),
        now() - interval '10 days', 'succeeded', now() - interval '10 days' from generate_series(1, ${count}) i`
    await sql`analyze hub.delivery`
    await sql`analyze hub.event`
  }

  test('is looked through up to a bound, says so, and goes on from there', async () => {
    await addMany(60_000)
    const first = await page({ search: 'nothing-of-this' })
    expect(first).toMatchObject({ deliveries: [], bounded: true, next: expect.stringMatching(/^dlv_/) })
    const second = await page({ search: 'nothing-of-this', before: first.next ?? '' })
    expect(second).toMatchObject({ deliveries: [], bounded: false, next: null })
  })

  test('reaches a person, an event and open work by an index, however old they are', async () => {
    const event = newEvent({ person: '00uOLD' })
    const id = `${makeBound('dlv', Date.now() - 20 * 86_400_000)}old`
    await ingest(sql, [[{ ...event, deliveries: event.deliveries.map((one) => ({ ...one, id })) }]])
    await addMany(60_000)
    expect(await idsOf({ person: '00uOLD' })).toEqual([id])
    expect(await idsOf({ event: event.externalId })).toEqual([id])
    expect(await idsOf({ status: 'pending' })).toEqual([id])
    expect(await idsOf({ search: id.slice(0, -1) })).toEqual([id])
  })
})

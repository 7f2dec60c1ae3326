// @module-tag process

import { expect, test } from 'vitest'
import { countOverlappingAttempts } from '../../lab/chaos/verdicts.ts'
import type { Call } from '../../lab/simulators/http-server.ts'
import type { UpkeepTiming } from '../../src/core/policy.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, postHook, userEvent } from '../support/hub.ts'
import { type HubPair, setHubPair } from '../support/hub-pair.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

/** Everybody was made within the overlap of five minutes: each list of who changed names all, as the full list does. */
const brisk: Partial<UpkeepTiming> = {
  tickSeconds: 0.1,
  resyncEverySeconds: 2,
  compareEverySeconds: 5,
  retrySeconds: 0.5,
  leaseSeconds: 4,
}

test('two hubs list Okta one after the other, and together as often as one would', async () => {
  await using pair = await setHubPair({ db, people: 30, okta: { pageSize: 5 }, upkeep: brisk })
  const { okta } = pair.tenants
  okta.misbehave({ path: /users$/, method: 'GET', delayMs: 150 })
  await Promise.all([pair.start(0), pair.start(1)])
  // Each hub also lists at its start: what comes two intervals later comes by the schedule alone.
  const up = await readTime()
  await listedSince(new Date(Date.parse(up) + 2000).toISOString())
  const mark = findListings(okta.calls).length
  await eventually(() => expect(findListings(okta.calls).slice(mark).length).toBeGreaterThan(7), { withinSeconds: 120 })

  const calls = findListCalls(okta.calls)
  expect(findOverlaps(calls)).toEqual([])
  const places = [null, ...pair.ids.filter((_, i) => i % 5 === 4).slice(0, -1)]
  expect(calls.map(({ query }) => query.after ?? null)).toEqual(calls.map((_, i) => places[i % places.length]))
  const sinces = findListings(okta.calls).slice(mark).filter(isForChanges).map(readSince)
  expect(sinces.length).toBeGreaterThan(2)
  const waits = sinces.slice(1).map((since, i) => since - (sinces[i] ?? 0))
  expect(waits.filter((ms) => ms < 2000 - 1)).toEqual([])
  expect(findListings(okta.calls).filter((call) => !isForChanges(call)).length).toBeGreaterThan(0)
}, 180_000)

test('a hub goes on with the list of one that was killed at it, after its lease and at its page', async () => {
  await using pair = await setHubPair({ db, people: 30, okta: { pageSize: 1 }, upkeep: brisk })
  const { okta } = pair.tenants
  const hasten = okta.misbehave({ path: /users$/, method: 'GET', delayMs: 2000 })
  await pair.start(0)
  await eventually(async () => expect(await readPlace()).not.toBeNull(), { withinSeconds: 60 })
  // The first hub was alone when it took the lease, and pages come so slowly that it is at them when the other is up.
  await pair.start(1)
  expect(await readPlace()).not.toBeNull()
  await pair.kill(0)
  const place = await readPlace()
  const [held] = await db.sql`
    select s.lease_until, l.started_at from hub.source s join hub.listing l on l.source = s.id where l.mode = 'changed'`
  hasten()
  await listedSince(held?.started_at)

  const calls = findListCalls(okta.calls)
  const taken = calls.findIndex(({ at }) => at >= held?.lease_until)
  expect(taken).toBeGreaterThan(0)
  const [before, after] = [calls.slice(0, taken), calls.slice(taken)]
  expect(findOverlaps(calls)).toEqual([])
  // What was asked at the kill is asked again, and nothing before it.
  expect(after[0]?.query.after).toBe(place)
  const next = after.findIndex(({ query }) => query.after === undefined)
  const pages = [...before, ...(next < 0 ? after : after.slice(0, next))].map(({ query }) => query.after ?? null)
  expect([...new Set(pages)]).toEqual([null, ...pair.ids.slice(0, -1)])
}, 180_000)

test('two hubs look again at everybody once, with the calls that one alone makes, and one goes on where the other was killed', async () => {
  const settings = { HUB_LEASE_SECONDS: '3', HUB_OUTBOUND_SECONDS: '1.4' }
  const upkeep = { tickSeconds: 0.1, enrolEverySeconds: 0.2, leaseSeconds: 3, verifyAgainSeconds: 6 }
  await using pair = await setHubPair({ db, people: 24, settings, upkeep })
  const { okta, auth0 } = pair.tenants
  await pair.start(0)
  for (const userId of pair.ids) okta.users.transition(userId, 'deactivate')
  const left = pair.ids.map((userId) => userEvent({ type: 'user.lifecycle.deactivate', userId }))
  await postHook({ url: pair.urls[0], body: oktaHook(left) })
  await rest()
  expect(pair.faults()).toEqual([])

  const alone = await walk(pair)
  await pair.start(1)
  await listedSince(await readTime())
  await rest()
  const together = await walk(pair)
  expect(alone.looks).toEqual(pair.ids)
  expect(together).toEqual(alone)
  expect(await countOverlappingAttempts(db.sql)).toBe(0)

  const hasten = auth0.misbehave({ path: '/api/v2/users/', method: 'GET', delayMs: 1000 })
  const since = await makeDue()
  await eventually(async () => {
    expect((await listSeen(since)).length).toBeGreaterThan(0)
    expect(await db.sql`select 1 from hub.lane where lease_until > now()`).not.toHaveLength(0)
  })
  await pair.kill(0)
  expect((await listSeen(since)).length).toBeLessThan(pair.ids.length)
  hasten()
  await eventually(async () => expect(await listSeen(since)).toEqual(pair.ids), { withinSeconds: 60 })
  await rest()
  expect(pair.faults()).toEqual([])
}, 240_000)

/** The database's. */
async function readTime(): Promise<string> {
  const [row] = await db.sql`select now() as at`
  return row?.at
}

/** A list of who changed was begun then or later, and got through. */
async function listedSince(time: string): Promise<void> {
  const isListed = async () => (await db.sql`select 1 from hub.source where resynced_to >= ${time}`).length > 0
  await eventually(async () => expect(await isListed()).toBe(true), { withinSeconds: 60 })
}

/** Where a listing under way goes on; null: none is. */
async function readPlace(): Promise<string | null> {
  const [row] = await db.sql`select position from hub.listing where mode = 'changed' and not is_listed`
  return row?.position ?? null
}

/** Nothing is open, at work, or being listed. */
async function rest(): Promise<void> {
  await eventually(
    async () => {
      const open = await db.sql`
        select key as what from hub.lane where lease_until is not null
        union all select id from hub.delivery where status = 'pending'
        union all select id from hub.source where lease_until is not null or resynced_to is null
        union all select person from hub.verification where asked_at is not null`
      expect(open).toEqual([])
    },
    { withinSeconds: 60 },
  )
}

/** Makes everybody's look due; returns the database's time of it. */
async function makeDue(): Promise<string> {
  const [row] = await db.sql`
    with due as (update hub.verification set ids_at = now() where ids_at is not null returning 1)
    select now() as at, count(*) from due`
  return row?.at
}

/** Who was seen since then as they should be. */
async function listSeen(since: string): Promise<string[]> {
  const rows = await db.sql`
    select p.authority_id as id from hub.verification v join hub.person p on p.id = v.person
    where v.seen_at > ${since} order by 1`
  return rows.map(({ id }) => id)
}

/** Lets everybody be looked at once: whom the looks were about, and the calls that they made. */
async function walk({ ids, tenants: { okta, auth0 } }: HubPair): Promise<{ looks: string[]; calls: string[] }> {
  const logs = [okta.calls, auth0.calls]
  const marks = logs.map((calls) => calls.length)
  const since = await makeDue()
  await eventually(async () => expect(await listSeen(since)).toEqual(ids), { withinSeconds: 60 })
  await rest()
  const looks = await db.sql`
    select p.authority_id as id from hub.event e join hub.person p on p.id = e.person
    where e.type = 'hub.verify.ids' and e.received_at >= ${since} order by 1`
  const calls = logs.flatMap((log, i) => log.slice(marks[i])).filter(({ path }) => /\/users\/./.test(path))
  return { looks: looks.map(({ id }) => id), calls: calls.map(({ method, path }) => `${method} ${path}`).sort() }
}

/** The pages of all lists of people, in the order in which they were asked for. */
function findListCalls(calls: readonly Call[]): Call[] {
  return calls
    .filter(({ method, path, query }) => method === 'GET' && path === '/api/v1/users' && query.filter)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}

/** The first page of each list. */
function findListings(calls: readonly Call[]): Call[] {
  return findListCalls(calls).filter(({ query }) => query.after === undefined)
}

/** Calls that came in before the one before them was answered. Times are in whole milliseconds. */
function findOverlaps(calls: readonly Call[]): string[] {
  const endOf = (call: Call | undefined) => (call ? Date.parse(call.at) + call.durationMs : 0)
  return calls.filter((call, i) => Date.parse(call.at) < endOf(calls[i - 1]) - 1).map(({ at }) => at)
}

/** The time since when changes were asked for: an overlap before the database's time at which the last list began. */
function readSince({ query }: Call): number {
  return Date.parse(/"(.+)"/.exec(query.filter ?? '')?.[1] ?? '')
}

function isForChanges(call: Call): boolean {
  return readSince(call) > 0
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { PersonKey, PersonState } from '../../src/core/person.ts'
import { install } from '../../src/host/installed.ts'
import { defineConnector, PermanentError } from '../../src/index.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'
import type { ResyncMode } from '../../src/upkeep/open-listing.ts'
import { makeResync } from '../../src/upkeep/resync.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const outbound = makeOutbound({ timeoutSeconds: 1, clock: systemClock })({})

const stateOf = (authorityId: string, status: string): PersonState => ({
  ...{ authorityId, status, access: status === 'ACTIVE' ? 'allow' : 'deny', statusChangedAt: null },
  ...{ emails: [], logins: [], readAt: '2026-05-14T08:30:00.000Z' },
})

type Listing = { people: readonly PersonState[]; pageSize: number; hasPlaces: boolean }

/** An authority that tells after each page which page that was. */
function makeAuthority({ people, pageSize, hasPlaces }: Listing, onPage: (page: number) => void) {
  const asked: (string | undefined)[] = []
  const connector = defineConnector({
    id: 'okta',
    async *list({ after, signal }) {
      asked.push(after)
      const from = after === undefined ? 0 : Number(after)
      if (!Number.isInteger(from)) throw new PermanentError('This place is not known.')
      for (let at = from, page = 0; at === from || at < people.length; at += pageSize, page++) {
        onPage(page)
        signal.throwIfAborted()
        const some = people.slice(at, at + pageSize)
        const isLast = at + pageSize >= people.length
        yield hasPlaces ? { people: some, ...(isLast ? {} : { next: String(at + pageSize) }) } : [...some]
      }
    },
  })
  return { asked, installed: [install({ id: 'okta', connector, config: {} }, { outbound, log: silentLog })] }
}

type Cut = {
  /**
   * Before which page of this slice it is cut off, or which page cannot be queued, or noted as queued; one that is not
   * reached does nothing.
   */
  beforePage: number
  how: 'ended' | 'killed' | 'not queued' | 'not noted'
}

/** One process after another, each cut off as it is said, and the last one not. Returns who was queued, and who asked. */
async function resyncInSlices(listing: Listing, mode: ResyncMode, cuts: readonly Cut[]) {
  const queued: string[] = []
  const asked: (string | undefined)[] = []
  for (const cut of [...cuts, null]) {
    const controller = new AbortController()
    let at = 0
    const authority = makeAuthority(listing, (page) => {
      at = page
      const isOver = page === cut?.beforePage && (cut.how === 'ended' || cut.how === 'killed')
      if (isOver) controller.abort(new Error('The slice is over.'))
    })
    const failAt = (how: Cut['how']) => {
      if (cut?.how !== how || at !== cut.beforePage) return
      controller.abort(new Error('The journal is gone.'))
      controller.signal.throwIfAborted()
    }
    const queueSync = async (people: readonly PersonKey[]) => {
      failAt('not queued')
      queued.push(...people.map(({ authorityId }) => authorityId))
      return people.length
    }
    const keepListing: typeof journal.records.keepListing = async (held, noted) => {
      failAt('not noted')
      return journal.records.keepListing(held, noted)
    }
    const dead = cut?.how === 'killed' ? { endResync: async () => {} } : {}
    const records = { ...journal.records, keepListing, ...dead }
    const timing = { overlapSeconds: 60, leaseSeconds: 60 }
    const needs = { journal: { records }, installed: authority.installed, queueSync, timing }
    const resync = makeResync({ ...needs, clock: systemClock, log: silentLog })
    const result = await resync({ source: 'okta', mode, signal: controller.signal }).catch((thrown) => {
      if (!controller.signal.aborted) throw thrown
    })
    asked.push(...authority.asked)
    if (result && cut?.how !== 'killed') return { queued, asked, result }
    // What the lease of a process that was killed does in time.
    if (cut?.how === 'killed') await sql`update hub.source set lease_until = now()`
  }
  throw new Error('The last slice did not get through.')
}

async function begin(known: readonly PersonState[]): Promise<void> {
  await wipe(sql)
  await sql`truncate hub.source`
  await journal.records.recordListed({ source: 'okta', states: known })
}

const anyCut = fc.record({
  beforePage: fc.nat(5),
  how: fc.constantFrom<Cut['how']>('ended', 'killed', 'not queued', 'not noted'),
})
const statuses = fc.array(fc.constantFrom('ACTIVE', 'SUSPENDED', 'not listed', 'not known'), { maxLength: 24 })
const modes: ResyncMode[] = [
  { kind: 'full' },
  { kind: 'compare' },
  { kind: 'changed', since: null, fallback: '2026-05-01T00:00:00.000Z' },
]

test('wherever its slices are cut off, a resync queues the same people as one that is not cut off', async () => {
  const story = fc.record({
    statuses,
    cuts: fc.array(anyCut, { maxLength: 6 }),
    pageSize: fc.integer({ min: 1, max: 7 }),
    hasPlaces: fc.boolean(),
    mode: fc.constantFrom(...modes),
  })
  await fc.assert(
    fc.asyncProperty(story, async ({ statuses: all, cuts, pageSize, hasPlaces, mode }) => {
      const ids = all.map((status, i) => [`00u${String(i).padStart(3, '0')}`, status] as const)
      const people = ids.flatMap(([id, status]) =>
        status === 'not listed' ? [] : [stateOf(id, status === 'not known' ? 'ACTIVE' : status)],
      )
      const known = ids.flatMap(([id, status]) => (status === 'not known' ? [] : [stateOf(id, 'ACTIVE')]))
      const listing = { people, pageSize, hasPlaces }
      await begin(known)
      const whole = await resyncInSlices(listing, mode, [])
      await begin(known)
      const sliced = await resyncInSlices(listing, mode, cuts)
      expect(new Set(sliced.queued)).toEqual(new Set(whole.queued))
      // Where places are known no page counts twice.
      if (hasPlaces) expect(sliced.result.listed).toBe(people.length)
      expect(await sql`select 1 from hub.listing`).toHaveLength(0)
      expect(await sql`select 1 from hub.listed`).toHaveLength(0)
    }),
    { numRuns: 60, seed: Number(process.env.FUZZ_SEED ?? 20_261_128) },
  )
}, 120_000)

const crowd = Array.from({ length: 10 }, (_, i) => stateOf(`00u${i}`, 'ACTIVE'))
const paged = { people: crowd, pageSize: 2, hasPlaces: true }
const changed = modes[2] as ResyncMode
const afterTwo: Cut = { beforePage: 2, how: 'ended' }

test('each slice goes on behind the last page that was queued, and what is covered begins with the first slice', async () => {
  await begin([])
  const before = new Date().toISOString()
  const { asked, queued, result } = await resyncInSlices(paged, changed, [afterTwo, afterTwo])
  expect(asked).toEqual([undefined, '4', '8'])
  expect(queued).toEqual(crowd.map(({ authorityId }) => authorityId))
  expect(result).toMatchObject({ pages: 5, listed: 10, queued: 10 })
  const [source] = await sql`select resynced_to from hub.source`
  expect(String(source?.resynced_to)).toBe(result.startedAt)
  expect(Date.parse(result.startedAt)).toBeGreaterThanOrEqual(Date.parse(before) - 1000)
})

test('a slice that is cut off covers nothing', async () => {
  await begin([])
  await expect(cutOff()).rejects.toThrow('did not get through')
  expect(await sql`select 1 from hub.source where resynced_to is not null`).toHaveLength(0)
})

test('a place that the authority does not know any more is given up, and the next slice begins anew', async () => {
  await begin([])
  await expect(cutOff()).rejects.toThrow('did not get through')
  await sql`update hub.listing set position = 'nowhere'`
  await expect(resyncInSlices(paged, changed, [])).rejects.toThrow('not known')
  const { asked, result } = await resyncInSlices(paged, changed, [])
  expect(asked).toEqual([undefined])
  expect(result.listed).toBe(10)
})

test('a place that was left for long is given up, and the time since when it lists is not', async () => {
  await begin([])
  await expect(cutOff()).rejects.toThrow('did not get through')
  const [kept] = await sql`select since from hub.listing`
  await sql`update hub.listing set kept_at = now() - interval '2 hours', begun_at = now() - interval '2 hours'`
  const later: ResyncMode = { kind: 'changed', since: null, fallback: new Date().toISOString() }
  const { asked, result } = await resyncInSlices(paged, later, [])
  expect(asked).toEqual([undefined])
  expect(result.since).toBe(String(kept?.since))
})

test('a time that an operator names has a place of its own, and leaves that of the hub alone', async () => {
  await begin([])
  await expect(cutOff()).rejects.toThrow('did not get through')
  const since = '2026-04-01T00:00:00.000Z'
  const asked = await resyncInSlices(paged, { kind: 'changed', since }, [])
  expect(asked.result).toMatchObject({ since, listed: 10 })
  expect(await sql`select mode from hub.listing`).toMatchObject([{ mode: 'changed' }])
})

/** Leaves the resync after two pages, as a slice does that is over. */
async function cutOff(): Promise<void> {
  const records = journal.records
  const controller = new AbortController()
  const { installed } = makeAuthority(paged, (page) => page === 2 && controller.abort(new Error('did not get through')))
  const queueSync = async (people: readonly PersonKey[]) => people.length
  const timing = { overlapSeconds: 60, leaseSeconds: 60 }
  const resync = makeResync({ journal: { records }, installed, queueSync, timing, clock: systemClock, log: silentLog })
  await resync({ source: 'okta', mode: changed, signal: controller.signal })
}

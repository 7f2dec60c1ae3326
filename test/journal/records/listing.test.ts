import { beforeEach, expect, test } from 'vitest'
import {
  forgetPosition,
  keepListing,
  type Listing,
  listMissing,
  readKnownStatuses,
  readListing,
  startListing,
} from '../../../src/journal/records/listing.ts'
import { beginResync, endResync, recordListed } from '../../../src/journal/records/source.ts'
import { wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.source`
})

async function begin() {
  const begun = await beginResync(sql, { id: 'okta', leaseSeconds: 30 })
  if (!begun) throw new Error('Another process is at it.')
  return begun
}

const at = '2026-05-14T08:30:00.000Z'
const counts = { pages: 0, listed: 0, queued: 0, denied: 0 }
const listing: Listing = {
  mode: 'compare',
  since: null,
  begunAt: at,
  startedAt: at,
  position: null,
  isListed: false,
  ...counts,
}
const onePage = { ...listing, position: 'p2', pages: 1, listed: 2 }
const note = { listing: onePage, came: ['00u1', '00u2', '00u1'], leaseSeconds: 30 }
const read = () => readListing(sql, { id: 'okta', mode: 'compare' })

/** The lease of whoever has it runs out, and another process takes it. */
async function takeOver() {
  await sql`update hub.source set lease_until = now()`
  return begin()
}

test('how far a listing has come is read back as it was noted, with who came once', async () => {
  const held = await begin()
  expect(await read()).toBeNull()
  expect(await startListing(sql, held, listing)).toBe(true)
  expect(await keepListing(sql, held, note)).toBe(true)
  expect(await read()).toMatchObject({ ...onePage, keptSecondsAgo: expect.any(Number) })
  expect(await sql`select authority_id from hub.listed order by 1`).toMatchObject([
    { authority_id: '00u1' },
    { authority_id: '00u2' },
  ])
})

test('who lost the lease notes nothing, begins nothing and ends nothing', async () => {
  const dead = await begin()
  await startListing(sql, dead, listing)
  await takeOver()
  expect(await keepListing(sql, dead, note)).toBe(false)
  expect(await startListing(sql, dead, { ...listing, since: at })).toBe(false)
  await endResync(sql, { ...dead, covered: null, comparedAt: null, done: 'compare' })
  expect(await read()).toMatchObject({ position: null, pages: 0, since: null })
  expect(await sql`select 1 from hub.listed`).toHaveLength(0)
})

test('a pass that begins anew forgets who came in the last one, and one that got through leaves nothing', async () => {
  const held = await begin()
  await startListing(sql, held, listing)
  await keepListing(sql, held, note)
  await startListing(sql, held, listing)
  expect(await sql`select 1 from hub.listed`).toHaveLength(0)
  await keepListing(sql, held, note)
  await forgetPosition(sql, held, 'compare')
  expect(await read()).toMatchObject({ position: null })
  await endResync(sql, { ...held, covered: null, comparedAt: at, done: 'compare' })
  expect(await read()).toBeNull()
  expect(await sql`select 1 from hub.listed`).toHaveLength(0)
})

test('missing is who is known, not held for gone, and did not come', async () => {
  const state = (authorityId: string, status: string) => ({
    authorityId,
    status,
    access: 'allow' as const,
    statusChangedAt: null,
    emails: [],
    logins: [],
    readAt: at,
  })
  const states = [state('00u1', 'ACTIVE'), state('00u2', 'ACTIVE'), state('00u3', 'ACTIVE'), state('00u4', 'gone')]
  await recordListed(sql, { source: 'okta', states })
  const held = await begin()
  await startListing(sql, held, listing)
  await keepListing(sql, held, { ...note, came: ['00u1', '00u9'] })
  expect(await listMissing(sql, { id: 'okta', mode: 'compare', limit: 10 })).toEqual(['00u2', '00u3'])
  expect(await listMissing(sql, { id: 'okta', mode: 'compare', limit: 1 })).toEqual(['00u2'])
})

test('who has a token that is good, and was never read, is missing too, and known under no status', async () => {
  await sql`truncate hub.token`
  await sql`
    insert into hub.token (id, hash, name, owner, role, source, authority_id, made_by, made_at, expires_at, revoked_at,
      revoked_by)
    select 'tok_' || id, lpad(n::text, 64, '0'), 'a token', 'ann', 'viewer', source, id, 'ann', now() - interval '1 day',
      now() + make_interval(hours => hours), case when revoked then now() end, case when revoked then 'ann' end
    from (values (1, 'okta', '00u1', 1, false), (2, 'okta', '00u2', -1, false), (3, 'okta', '00u3', 1, true),
      (4, 'okta_eu', '00u4', 1, false), (5, 'okta', '00u5', 1, false)) as t (n, source, id, hours, revoked)`
  const held = await begin()
  await startListing(sql, held, listing)
  const authorityIds = ['00u1', '00u2', '00u3', '00u4']
  expect([...(await readKnownStatuses(sql, { id: 'okta', authorityIds }))]).toEqual([['00u1', null]])
  expect(await listMissing(sql, { id: 'okta', mode: 'compare', limit: 10 })).toEqual(['00u1', '00u5'])
  await keepListing(sql, held, { ...note, came: ['00u1'] })
  expect(await listMissing(sql, { id: 'okta', mode: 'compare', limit: 10 })).toEqual(['00u5'])
})

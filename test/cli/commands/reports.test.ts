import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEnvironment } from '../../../lab/environment.ts'
import { checkSources } from '../../../src/cli/commands/doctor/examine-journal.ts'
import { csvHeadLines } from '../../../src/cli/views/report-head-lines.ts'
import { cliHere } from '../../support/cli.ts'
import { type Crowd, startCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, startHub, type TestHub, userEvent } from '../../support/hub.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

let crowd: Crowd
let hub: TestHub

beforeAll(async () => {
  crowd = await startCrowd(4)
  hub = await startHub({ db, tenants: crowd, settings: { HUB_BRAKE_PEOPLE: '0' } })
})

afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await crowd.close()
})

async function sourceRow() {
  const [row] = await hub.journal.records.readSources(['okta'])
  if (!row) throw new Error('No source is known')
  return row
}

type End = { code: number; out: string; err: string }

function cli(...args: string[]): Promise<End> {
  const env = { PATH: process.env.PATH, DATABASE_URL: db.url, ...makeEnvironment(crowd) }
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

/** The same within this process: a process of its own takes a while to start. */
const here = (...args: string[]) => cliHere({ args, env: { DATABASE_URL: db.url, ...makeEnvironment(crowd) } })

describe('okta resync', () => {
  test('asks since when before the first one, and refuses two answers', async () => {
    expect(await cli('okta', 'resync')).toMatchObject({ code: 1, err: expect.stringContaining('--since') })
    expect(await cli('okta', 'resync', '--full', '--since', '2h')).toMatchObject({ code: 2 })
    expect(await cli('okta', 'resync', '--since', 'yesterday')).toMatchObject({ code: 2 })
  })

  test('the first full look plans who left before, and locks nobody out before it is applied (case 37)', async () => {
    const [leaver = ''] = crowd.ids
    crowd.okta.users.transition(leaver, 'deactivate')
    const first = await cli('okta', 'resync', '--full')
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('4 people, 1 of them denied by okta') })
    const row = await sourceRow()
    const [check] = checkSources([{ ...row, resyncedTo: row.now, aliveAt: null }])
    expect(check).toMatchObject({ status: 'warning', fix: expect.stringContaining('report go-live') })
    const { out } = await cli('report', 'go-live')
    expect(out).toContain('1 would be locked out')
    expect(await hub.deliveries()).toEqual([])
    expect(crowd.locked()).toEqual([])
  })

  test('queues everybody, and the running hub locks out who left', async () => {
    const [leaver = ''] = crowd.ids
    const { code, out } = await cli('okta', 'resync', '--full', '--apply', '--json')
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, source: 'okta', listed: 4, queued: 4, since: null })
    await eventually(() => expect(crowd.locked()).toEqual([leaver]))
    const row = await sourceRow()
    expect(checkSources([{ ...row, aliveAt: null }])).toEqual([])
    const [check] = checkSources([{ ...row, aliveAt: null, fullLookAt: null, fullAppliedAt: null }])
    expect(check).toMatchObject({ status: 'warning', detail: expect.stringContaining('left before the first start') })
  })

  test('without options begins where the last one ended', async () => {
    const { code, out } = await cli('okta', 'resync')
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('queued') })
  })

  test('stands in the help of its source', async () => {
    expect((await cli('okta', '--help')).out).toContain('okta resync')
  })
})

describe('report leavers', () => {
  test('tells of a real leaving by hook: when, how fast, what was revoked', async () => {
    const id = crowd.ids[1] ?? ''
    crowd.okta.users.transition(id, 'deactivate')
    const { statusChanged } = crowd.okta.users.get(id)
    const event = userEvent({ type: 'user.lifecycle.deactivate', userId: id, published: statusChanged ?? '' })
    await hub.post(oktaHook([event]))
    await eventually(() => expect(crowd.locked()).toContain(id))
    await eventually(async () => expect((await hub.journal.records.measureQueue()).owed).toBe(0))

    const report = await eventually(async () => {
      const { out } = await cli('report', 'leavers', '--json')
      const read = JSON.parse(out)
      expect(read.secondsToLockout).toMatchObject({ leavers: 2, held: 2 })
      return read
    })
    const [byResync, byHook] = report.leavers
    expect(byResync).toMatchObject({ authorityId: crowd.ids[0], knownBy: 'hub.resync', exception: null })
    expect(byHook).toMatchObject({
      authorityId: id,
      status: 'DEPROVISIONED',
      leftAt: statusChanged,
      knownBy: 'user.lifecycle.deactivate',
      users: 1,
      revocation: 'revoked',
      exception: null,
    })
    const { leftAt, knownAt, heldAt, revokedAt, secondsToLockout } = byHook
    expect([leftAt, knownAt, heldAt].toSorted()).toEqual([leftAt, knownAt, heldAt])
    expect(secondsToLockout).toBeCloseTo((Date.parse(heldAt) - Date.parse(leftAt)) / 1000)
    expect(revokedAt).toBe(heldAt)
    expect(report.secondsToLockout.p99).toBe(Math.max(byResync.secondsToLockout, secondsToLockout))
  })

  test('as CSV has one line a leaver under its head', async () => {
    const { out } = await cli('report', 'leavers', '--csv', '--from', '1h')
    const below = out.split('\r\n').slice(csvHeadLines)
    const [titles, ...lines] = below.filter((line) => line !== '')
    expect(titles).toMatch(/^person,source,authority_id,login,.*,seconds_to_lockout,/)
    expect(lines).toHaveLength(2)
    const hash = createHash('sha256').update(below.join('\r\n')).digest('hex')
    expect(out).toMatch(new RegExp(`^# report,leavers\r\n.*\r\n# sha256_below,${hash}\r\n`, 's'))
    expect(lines[1]).toContain(`okta,${crowd.ids[1]},`)
  })

  test('for people is a table with the times below', async () => {
    const { out } = await cli('report', 'leavers')
    expect(out).toContain('2 of 2 read back as shut.')
    expect(out).toMatch(/Time to lockout: p50 .* p95 .* p99 /)
  })

  test('leaves out who left at another time, and reads days in the zone that is named', async () => {
    const { out } = await here(
      'report',
      'leavers',
      '--to',
      '2026-01-01',
      '--from',
      '2025-12-01',
      '--zone',
      'Asia/Tokyo',
    )
    expect(out).toContain('Nobody left')
    expect(out).toContain('from 2025-11-30T15:00:00.000Z, to 2025-12-31T15:00:00.000Z')
    expect(out).toMatch(/Complete {2}since .* Asia\/Tokyo/)
    expect((await here('report', 'leavers', '--zone', 'Mars')).code).toBe(2)
  })

  test('against a file says who is still let in, as the journal has it and as Okta says now', async () => {
    const [left = '', , there = ''] = crowd.ids
    const file = join(await mkdtemp(join(tmpdir(), 'hr-')), 'hr.csv')
    await writeFile(file, `okta_id;left_on\n${left};2026-05-14\n${there};2026-05-14\nnobody;2026-05-14\n`)
    try {
      for (const live of [[], ['--live']]) {
        const { code, out } = await here('report', 'leavers', '--against', file, '--json', ...live)
        const { rows, head } = JSON.parse(out)
        expect(rows.map(({ line, finding }: Record<string, unknown>) => [line, finding])).toEqual([
          [2, 'out'],
          [3, 'still_active'],
          [4, 'not_known'],
        ])
        expect([code, head.filter.live]).toEqual([1, live.length > 0])
      }
    } finally {
      await rm(dirname(file), { recursive: true })
    }
  })

  test('of a sample are JSON Lines, with the head first', async () => {
    const { out } = await here('report', 'leavers', '--sample', '1', '--seed', 'a', '--from', '1h')
    const [first, ...packs] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(first.head).toMatchObject({ report: 'evidence', rows: 1, filter: { of: 2, seed: 'a' } })
    expect(packs).toMatchObject([{ leaver: { users: 1 }, readBacks: [{ connector: 'auth0' }], isCut: false }])
    expect(packs[0].deliveries.flatMap(({ tries }: { tries: { outcome: string }[] }) => tries)).toContainEqual(
      expect.objectContaining({ outcome: 'succeeded' }),
    )
    expect((await here('report', 'leavers', '--sample', '1')).err).toContain('--seed')
  })

  test('operators has its rows as CSV too', async () => {
    const { out } = await here('report', 'operators', '--csv')
    expect(out).toContain('\r\nkind,id,account,owner,')
  })

  test('refuses a period that ends before it begins, and an unknown report', async () => {
    expect((await cli('report', 'leavers', '--from', '1h', '--to', '2h')).code).toBe(2)
    expect((await cli('report', 'leaver')).err).toContain('report leavers')
  })
})

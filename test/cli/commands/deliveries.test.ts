// @module-tag process

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { cliHere } from '../../support/cli.ts'
import { until } from '../../support/eventually.ts'
import { newEvent, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const cli = (...args: string[]) => cliHere({ args: ['deliveries', ...args], env: { DATABASE_URL: db.url } })

beforeEach(() => wipe(sql))

const resync = { source: 'hub', type: 'hub.resync', hint: 'neutral' } as const

test('deliveries folds resyncs into a count, which --all, --json and their name unfold', async () => {
  await ingest(sql, [[newEvent(), newEvent({ ...resync, person: '00u2' }), newEvent({ ...resync, person: '00u3' })]])
  const { out } = await cli()
  expect(out).toContain('\n2 resyncs and looks that changed nothing, or did not begin yet: --all lists them.')
  expect(out).not.toContain('hub.resync')
  for (const option of [['--all'], ['--event', 'hub.resync'], ['--search', 'resync'], ['--status', 'pending']]) {
    expect((await cli(...option)).out.match(/hub\.resync/g)).toHaveLength(2)
  }
  expect(JSON.parse((await cli('--json')).out)).toHaveLength(3)
})

test('deliveries names the option of the next page, which goes on where the last ended', async () => {
  await ingest(sql, [Array.from({ length: 5 }, (_, i) => newEvent({ person: `00u${i}` }))])
  const [, next = ''] = /The newest 3; older ones: --before (dlv_\w+)/.exec((await cli('--limit', '3')).out) ?? []
  expect(JSON.parse((await cli('--limit', '3', '--before', next, '--json')).out)).toHaveLength(2)
})

test('deliveries --json says beside the list that there are older ones, and nothing where there are none', async () => {
  await ingest(sql, [Array.from({ length: 5 }, (_, i) => newEvent({ person: `00u${i}` }))])
  const part = await cli('--limit', '3', '--json')
  expect(JSON.parse(part.out)).toHaveLength(3)
  expect(part.err).toMatch(/The newest 3; older ones: --before dlv_\w+/)
  expect((await cli('--json')).err).toBe('')
})

test.each([
  [['--stuck', '--search', 'x'], '--stuck and --search do not go together'],
  [['--follow', '--until', '1h'], '--follow and --until do not go together'],
  [['--answer', 'aprove'], 'Did you mean --answer approve?'],
])('deliveries refuses %j with the way out', async (args, message) => {
  expect(await cli(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) })
})

test('deliveries --json has the documented fields, with ISO times', async () => {
  await ingest(sql, [[newEvent()]])
  const [row] = JSON.parse((await cli('--json')).out)
  expect(Object.keys(row).sort()).toEqual(
    [
      ...[
        'attempts',
        'authority',
        'authorityId',
        'code',
        'collapsedInto',
        'connector',
        'createdAt',
        'direction',
        'email',
      ],
      ...['eventId', 'eventTime', 'eventType', 'id', 'kind', 'lastError', 'leasedUntil', 'login', 'nextAttemptAt'],
      ...['person', 'run', 'settledAt', 'source', 'status'],
    ].sort(),
  )
  for (const time of [row.createdAt, row.eventTime, row.nextAttemptAt]) expect(new Date(time).toISOString()).toBe(time)
})

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

test.each(['SIGINT', 'SIGTERM'] as const)(
  'deliveries --follow prints what comes, and what settles, and ends in order at %s',
  async (signal) => {
    await ingest(sql, [[newEvent({ person: '00uBEFORE' })]])
    await new Promise((resolve) => setTimeout(resolve, 5))
    const child = spawn(process.execPath, [main, 'deliveries', '--follow', '--json'], {
      env: { PATH: process.env.PATH ?? '', DATABASE_URL: db.url },
    })
    const said = { out: '', err: '' }
    child.stdout.on('data', (chunk) => {
      said.out += chunk
    })
    child.stderr.on('data', (chunk) => {
      said.err += chunk
    })
    const ended = new Promise((resolve) => child.once('close', (code, by) => resolve([code, by])))
    const rows = () =>
      said.out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    try {
      // What comes before it has begun to look is the past: news is sent until it is told.
      await until(async () => {
        await ingest(sql, [[newEvent({ person: '00uNEW' })]])
        await new Promise((resolve) => setTimeout(resolve, 300))
        return rows().length > 0
      })
      const [{ id }] = rows()
      await sql`update hub.delivery set status = 'succeeded', next_attempt_at = null where id = ${id}`
      await until(async () => rows().some((row) => row.id === id && row.status === 'succeeded'))
      expect(rows().some(({ authorityId }) => authorityId === '00uBEFORE')).toBe(false)
      expect(rows().filter((row) => row.id === id)).toHaveLength(2)
    } finally {
      child.kill(signal)
    }
    expect(await ended).toEqual([0, null])
    expect(said.err).toBe('')
  },
)

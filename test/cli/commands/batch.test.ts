import { beforeAll, expect, test } from 'vitest'
import { makeEnvironment } from '../../../lab/environment.ts'
import { startTenants, type Tenants } from '../../../lab/simulators/seed.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { cliHere } from '../../support/cli.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
let tenants: Tenants

beforeAll(async () => {
  tenants = await startTenants()
  return () => tenants.close()
})

const cli = (...args: string[]) =>
  cliHere({ args: ['batch', ...args], env: { ...makeEnvironment(tenants), DATABASE_URL: db.url } })

test('a batch is planned where no hub runs, looked at, applied with a reason, paused, and cancelled', async () => {
  await ingest(db.sql, [[newEvent({ person: '00u1' }), newEvent({ person: '00u2', kind: 'on', hint: 'neutral' })]])
  await db.sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null`
  expect(await cli('list')).toMatchObject({ code: 0, out: 'There is no batch.\n' })
  expect(await cli('plan', 'replay')).toMatchObject({ code: 1, err: expect.stringContaining('No filter') })

  const made = await cli('plan', 'replay', '--status', 'failed', '--connector', 'auth0', '--name', 'outage', '--json')
  const { id, sums, rows, planHash } = JSON.parse(made.out)
  expect({ sums, planHash }).toEqual({
    sums: { would_change: 0, nothing: 1, superseded: 0, cannot_tell: 1 },
    planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(rows.map(({ code }: { code: string }) => code).toSorted()).toEqual(['handler', 'unknown_person'])
  const shown = await cli('show', id.slice(0, 20), '--plan', 'cannot_tell')
  expect(shown.out).toContain('nothing to do 1 · superseded 0 · cannot tell 1')
  expect((await cli('show', id, '--json')).out).toContain('outage')

  expect(await cli('apply', id)).toMatchObject({ code: 2, err: expect.stringContaining('--reason') })
  const applied = await cli('apply', id, '--reason', 'mended', '--pace', '10', '--start', '2h')
  expect(applied).toMatchObject({ code: 0, out: expect.stringMatching(/waiting to begin[\s\S]*No hub runs/) })
  expect(await cli('apply', id, '--reason', 'again')).toMatchObject({ code: 1 })
  expect((await cli('pause', id)).out).toContain('batch resume')
  expect((await cli('resume', id)).out).toContain('waiting to begin')
  expect((await cli('cancel', id, '--reason', 'no')).out).toContain('cancelled')
  expect((await cli('list')).out).toMatch(/outage +replay +2 +cancelled/)
  expect(await cli('show', 'bat_none')).toMatchObject({ code: 1 })
  expect(await cli('plan', 'shuffle')).toMatchObject({ code: 2, err: expect.stringContaining('end_grant') })
  const preview = await cliHere({
    args: ['replay', rows[0].subject, '--preview'],
    env: { ...makeEnvironment(tenants), DATABASE_URL: db.url },
  })
  expect(preview.out).toMatch(/^dlv_\w+ {2}(nothing to do: the authority does not know|cannot tell: a handler)/)
  expect(await cli('plan', 'cancel')).toMatchObject({ code: 2, err: expect.stringContaining('--direction') })
  expect(await cli('plan', 'release', '--direction', 'deny')).toMatchObject({
    code: 1,
    err: expect.stringContaining('Nothing'),
  })
  expect(await cli('plan', 'release', '--direction', 'deny', '--connector', 'auth0')).toMatchObject({
    code: 2,
    err: expect.stringContaining('not by connector'),
  })
  expect(await cli('shuffle')).toMatchObject({ code: 2 })
})

test('each act has its words: people with an end, a time since when, and what else picks its set', async () => {
  const protect = await cli('plan', 'protect', '00u1', '00u2', '--until', '2h', '--json')
  expect(JSON.parse(protect.out)).toMatchObject({ act: 'protect', count: 2, filter: { people: ['00u1', '00u2'] } })
  expect(await cli('plan', 'protect', '00u1')).toMatchObject({ code: 2, err: expect.stringContaining('--until') })
  const recover = await cli('plan', 'recover', '--since', '1h', '--json')
  expect(JSON.parse(recover.out)).toMatchObject({ act: 'recover', planned: 2 })
  expect(await cli('plan', 'recover')).toMatchObject({ code: 2, err: expect.stringContaining('--since') })
  expect(await cli('plan', 'recover', '00u1', '--since', '1h')).toMatchObject({ code: 2 })
  const enforce = await cli('plan', 'enforce', '--source', 'okta', '--name', 'all', '--json')
  expect(JSON.parse(enforce.out)).toMatchObject({ act: 'enforce', count: 2, sums: { cannot_tell: 2 } })
  expect(enforce.out).toContain('not_staged')
  const one = await cli('plan', 'enforce', '--search', 'lena.', '--name', 'the first ones')
  expect(one).toMatchObject({ code: 1, err: expect.stringContaining('Nothing fits') })
  const none = [
    ['end_grant', '--connector', 'github', '--target', 'acme/billing'],
    ['adopt', '--connector', 'auth0'],
  ]
  for (const words of none) {
    expect(await cli('plan', ...words)).toMatchObject({ code: 1, err: expect.stringContaining('Nothing') })
  }
})

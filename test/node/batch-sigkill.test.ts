// @module-tag process

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { hookSecret, makeOktaEnvironment } from '../../lab/environment.ts'
import { type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import { systemClock } from '../../src/core/clock.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { ingest } from '../../src/journal/queue/ingest.ts'
import { applyBatch } from '../../src/operate/batches/order-batch.ts'
import { planBatch } from '../../src/operate/batches/plan-batch.ts'
import { eventually } from '../support/eventually.ts'
import { newEvent } from '../support/journal-rows.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
const cwd = await mkdtemp(join(tmpdir(), 'bellhop-batch-'))
const file = fileURLToPath(new URL('../support/instant-hub.ts', import.meta.url))
const running = new Set<HubProcess>()
const note = { ...operator(), reason: 'the vendor is back' }
const people = 300

afterEach(async () => {
  for (const hub of running) await hub.stop('SIGKILL')
  running.clear()
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

async function start(): Promise<HubProcess> {
  const pace = { HUB_RESYNC: 'off', HUB_BRAKE_PEOPLE: '0', HUB_LEASE_SECONDS: '2', HUB_OUTBOUND_SECONDS: '0.9' }
  // Nobody is asked there: the authority is one that answers at once.
  const source = { ...makeOktaEnvironment({ url: 'http://127.0.0.1:9', token: 'x' }), OKTA_HOOK_SECRETS: hookSecret }
  const hub = await startHubProcess({ cwd, file, env: { ...source, ...pace, DATABASE_URL: db.url } })
  running.add(hub)
  return hub
}

async function read(id: string) {
  const batch = await journal.batches.readBatch(id)
  if (!batch) throw new Error(`${id} is not there`)
  return batch
}

const soon = { withinSeconds: 60 }

test('a batch whose hub is killed twice in the middle of it is carried out whole, and no row of it twice', async () => {
  // Lockouts: a batch must not wait for those that it made due itself.
  const events = Array.from({ length: people }, (_, i) => newEvent({ person: `00u${i}`, connector: 'target' }))
  await ingest(sql, [events])
  await sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null`
  await sql`update hub.lane set next_at = null, deny_next_at = null`
  let hub = await start()
  const of = { act: 'replay', filter: { status: 'failed' } } as const
  const { id } = await planBatch({ journal, clock: systemClock }, { note, name: 'after the outage', of })
  await eventually(async () => expect((await read(id)).planHash).not.toBeNull(), soon)
  const planHash = (await read(id)).planHash ?? ''
  const policy = { fourEyesPeople: 0 }
  await applyBatch({ journal, policy }, { ...note, eyes: 'override', id, planHash, pace: 100 })

  for (const rows of [40, 140]) {
    await eventually(async () => expect((await read(id)).done.carriedOut).toBeGreaterThanOrEqual(rows), soon)
    await hub.stop('SIGKILL')
    expect((await read(id)).state).toBe('applying')
    // What the killed hub held is free when its lease is over.
    await sql`update hub.batch set lease_until = now()`
    hub = await start()
  }

  await eventually(async () => expect((await read(id)).state).toBe('done'), soon)
  expect((await read(id)).done).toEqual({ carriedOut: people, cameBack: 0, leftAlone: 0 })
  const replayed = (await sql`select unnest(targets) as target from hub.audit where act = 'replay'`)
    .map(({ target }) => String(target))
    .filter((target) => target.startsWith('dlv_'))
  expect([replayed.length, new Set(replayed).size]).toEqual([people, people])
  await eventually(async () => {
    const open =
      await sql`select 1 from hub.delivery where kind = 'sync' and connector = 'target' and status <> 'succeeded'`
    expect(open).toHaveLength(0)
  }, soon)
}, 180_000)

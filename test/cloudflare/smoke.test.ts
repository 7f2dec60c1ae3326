// @module-tag process

import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../../lab/chaos/cluster.ts'
import { startWorkerProcess, type WorkerProcess } from '../../lab/edge/worker-process.ts'
import { makeEnvironment, registerEventHook } from '../../lab/environment.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { migrate } from '../../src/journal/index.ts'
import { readMigrations } from '../../src/node/postgres/database.ts'
import { eventually } from '../support/eventually.ts'

const patienceMs = 240_000

let cluster: Cluster
let tenants: Tenants
let worker: WorkerProcess

beforeAll(async () => {
  cluster = await startCluster()
  await cluster.create('edge')
  tenants = await startTenants()
  worker = await startWorkerProcess({
    databaseUrl: cluster.url('edge'),
    vars: makeEnvironment(tenants),
    place: cluster.hubFolder,
    onSpawn: cluster.guardHub,
  })
}, patienceMs)
afterAll(async () => {
  await worker?.stop()
  await tenants?.close()
  await cluster?.close()
})

// One after the other: the schema is made in the midst of them.
describe('the Worker that is deployed', () => {
  test('is not ready on a database without a schema, and says which steps it lacks', async () => {
    const answer = await fetch(`${worker.url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('0001_journal.sql')
  })

  test('is ready as soon as an operator has migrated', async () => {
    const sql = postgres(cluster.url('edge'), { max: 1, onnotice: () => {} })
    await migrate(sql, await readMigrations()).finally(() => sql.end())
    const answer = await fetch(`${worker.url}/readyz`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ready' }])
  })

  test('answers Okta’s verification, and locks out at Auth0 whom a hook says to be deactivated', async () => {
    await registerEventHook(tenants.okta, {
      url: `${worker.url}/hooks/okta`,
      types: ['user.lifecycle.deactivate'],
    })
    tenants.okta.users.transition(CAST.lena.oktaId, 'deactivate')
    await eventually(
      () => {
        expect(tenants.auth0.users.get(CAST.lena.enterpriseUserId)).toMatchObject({
          blocked: true,
          app_metadata: { okta: { deactivated: true } },
        })
      },
      { withinSeconds: 30 },
    )
    expect(tenants.okta.deliveries).toMatchObject([{ outcome: 'delivered', tries: [{ outcome: 204 }] }])
  })

  test('does what a cron asks it to', async () => {
    await worker.tick()
    const sql = postgres(cluster.url('edge'), { max: 1 })
    const alive = await sql`select alive_at > now() - interval '1 minute' as is_alive from hub.source where id = 'okta'`
    await sql.end()
    expect(alive).toMatchObject([{ is_alive: true }])
  })
})

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { migrate } from '../../src/journal/index.ts'
import { readMigrations } from '../../src/node/postgres/database.ts'
import { type Balancer, startBalancer } from '../balancer.ts'
import { makeEnvironment, registerEventHook } from '../environment.ts'
import { findFreePort } from '../hub-process.ts'
import { CAST, startTenants, type Tenants } from '../simulators/seed.ts'
import type { Cluster } from './cluster.ts'
import { type HubSeat, makeSeat } from './hub-seat.ts'
import { type Line, openLine } from './line.ts'
import { type Meter, meterStarvation } from './starvation.ts'
import { makeWorkerSeat } from './worker-seat.ts'
import { type Writes, watchWrites } from './writes.ts'

/** `okta`: told by Okta alone, by its own rules. `direct`: told by a sender that does not give up. */
export type Person = { oktaId: string; userId: string; toldBy: 'okta' | 'direct' }

/** Everything that one scenario plays on: two tenants, people, a database, and one or more real hubs. */
export type Stage = {
  tenants: Tenants
  people: Person[]
  cluster: Cluster
  hubs: HubSeat[]
  /** In front of all hubs, where the scenario has one. */
  balancer: Balancer | null
  /** Where senders send: the balancer, or else each hub. */
  doors: readonly string[]
  line: Line
  writes: Writes
  /** How long this process, which plays the vendors and observes, waited for a processor. */
  starvation: Meter
  leaseSeconds: number
  /** The journal, seen from beside the hubs. */
  journal<T>(look: (sql: Sql) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const connection = CAST.connections.enterprise
const peopleOfEachKind = 10

const hookedTypes = [
  'user.lifecycle.activate',
  'user.lifecycle.deactivate',
  'user.lifecycle.suspend',
  'user.lifecycle.unsuspend',
  'user.account.update_profile',
]

/** What stands on the stage of a scenario. */
export type Setting = {
  hubs: number
  /**
   * A balancer that asks `/readyz` stands before the hubs, 200 hooks a second come beside the changes, and none of them
   * may be refused.
   */
  balanced?: true
  /** The hub is the Worker, under `wrangler dev`. */
  isWorker?: true
}

type StageOptions = { cluster: Cluster; scenario: Setting; leaseSeconds: number }

/** With the lease of production the default of HUB_DRAIN_SECONDS; shorter with a shorter lease. */
const findDrainSeconds = (leaseSeconds: number) => Math.min(5, (leaseSeconds * 2) / 3)
/** As docs/operations.md advises: two checks that fail in a row, and the hub is out before its listener closes. */
const checksPerDrain = 2.5

/** Sets the stage: an empty journal, hubs that run, and an event hook at each of them. */
export async function setStage({ cluster, scenario, leaseSeconds }: StageOptions): Promise<Stage> {
  const people = makePeople()
  const { balanced, isWorker } = scenario
  // Resync and the brake would hide what the journal lost: both are off.
  const settings = {
    HUB_LEASE_SECONDS: String(leaseSeconds),
    HUB_OUTBOUND_SECONDS: String(leaseSeconds / 3),
    HUB_RESYNC: 'off',
    HUB_BRAKE_PEOPLE: '0',
  }
  const tenants = await startTenants({
    okta: { users: people.map(({ oktaId }, i) => ({ id: oktaId, profile: profileOf(i) })), hookTimeoutMs: 3000 },
    auth0: { users: people.map(({ oktaId }, i) => ({ connection, id: oktaId, email: profileOf(i).email })) },
  })
  const cwd = await mkdtemp(join(cluster.hubFolder, 'hub-'))
  const database = `chaos_${randomUUID().replaceAll('-', '')}`
  await cluster.create(database)
  const line = await openLine(cluster.port)
  // The line costs this process time, of which many hooks leave it little; nothing breaks the line where they come.
  const port = balanced ? cluster.port : line.port
  const drain = balanced ? { HUB_DRAIN_SECONDS: String(findDrainSeconds(leaseSeconds)) } : {}
  const databaseUrl = cluster.url(database, port)
  const vars = { ...makeEnvironment(tenants), ...settings, ...drain }
  const sql = postgres(cluster.url(database), { max: 2, onnotice: () => {}, connect_timeout: 5 })
  const { guardHub } = cluster
  const makeOne = (port: number) =>
    isWorker
      ? makeWorkerSeat({ port, databaseUrl, vars, guardHub })
      : makeSeat({ port, env: { ...vars, DATABASE_URL: databaseUrl }, cwd, guardHub })
  // A Worker never migrates.
  if (isWorker) await migrate(sql, await readMigrations())
  const hubs: HubSeat[] = []
  for (let i = 0; i < scenario.hubs; i++) hubs.push(makeOne(await findFreePort()))
  for (const hub of hubs) await hub.start()
  const hubUrls = hubs.map(({ url }) => url)
  const checkEverySeconds = findDrainSeconds(leaseSeconds) / checksPerDrain
  const balancer = balanced ? await startBalancer({ hubs: hubUrls, checkEverySeconds }) : null
  const doors = balancer ? [balancer.url] : hubUrls
  // Without a balancer each hub has an event hook of its own: several hubs are told the same at the same moment.
  for (const url of doors)
    await registerEventHook(tenants.okta, { name: url, url: `${url}/hooks/okta`, types: hookedTypes })
  const starvation = meterStarvation(() => process.pid)
  return {
    tenants,
    people,
    cluster,
    hubs,
    balancer,
    doors,
    line,
    leaseSeconds,
    writes: watchWrites(tenants.auth0),
    starvation,
    journal: (look) => again(() => look(sql)),
    async close() {
      await balancer?.close()
      for (const hub of hubs) await hub.kill()
      for (const meter of [starvation, ...hubs.map((hub) => hub.starvation)]) meter.stop()
      await sql.end({ timeout: 1 })
      await line.close()
      await tenants.close()
      await rm(cwd, { recursive: true, force: true })
    },
  }
}

function makePeople(): Person[] {
  return Array.from({ length: 2 * peopleOfEachKind }, (_, i) => {
    const oktaId = `00uchaos${String(i).padStart(12, '0')}`
    return { oktaId, userId: `okta|${connection}|${oktaId}`, toldBy: i % 2 === 0 ? 'okta' : 'direct' }
  })
}

function profileOf(i: number) {
  const email = `person.${i}@acme-chaos.test`
  return { login: email, email, firstName: 'Person', lastName: String(i) }
}

/** The observer's own connection went with the server it looks at: it looks again. */
async function again<T>(look: () => Promise<T>, triesLeft = 5): Promise<T> {
  try {
    return await look()
  } catch (thrown) {
    if (triesLeft <= 1) throw thrown
    return again(look, triesLeft - 1)
  }
}

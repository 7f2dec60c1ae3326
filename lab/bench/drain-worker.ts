import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { systemClock } from '../../src/core/clock.ts'
import { defaultPolicy } from '../../src/core/policy.ts'
import { defaultSchedule } from '../../src/core/schedule.ts'
import { makeRoutedEvent } from '../../src/events/new-event.ts'
import { makeHub } from '../../src/hub.ts'
import { makeLogger } from '../../src/node/logger.ts'
import { parseConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import { openDatabase } from '../../src/node/postgres/database.ts'
import { instantAuthority, instantTarget, makeChangingTarget } from './instant-connectors.ts'
import { readProcessorTime } from './processor-time.ts'
import { personNumber } from './request-bodies.ts'
import { serveQuestions } from './worker-process.ts'

export type DrainQuestion = {
  databaseUrl: string
  people: number
  changes: boolean
  first: number
  /** Fill the queue and work it off, fill it alone, or work off what is there. */
  part?: 'all' | 'fill' | 'work'
}

/** Of one settled delivery, but for `perSecond`. */
export type DrainAnswer = {
  perSecond: number
  hubUs: number
  databaseUs: number
  roundTrips: number
  transactions: number
  sequentialTuples: number
  indexTuples: number
}

serveQuestions<DrainQuestion>('ready', drainOnce, async () => {})

/** Journals a deactivation of each person while nothing drains, then measures how the hub works all of them off. */
async function drainOnce({ databaseUrl, people, changes, first, part = 'all' }: DrainQuestion): Promise<DrainAnswer> {
  const log = makeLogger({ level: 'error', secrets: [] })
  const concurrency = 16
  const database = await openDatabase({ settings: { DATABASE_URL: databaseUrl, HUB_CONCURRENCY: concurrency }, log })
  const { url, options } = parseConnectionUrl(databaseUrl)
  const admin = postgres(url, { ...options, max: 1, onnotice: () => {} })
  const { target, planned } = countPlans(changes ? makeChangingTarget() : instantTarget)
  const hub = makeHub({
    ...{ sql: database.sql, ingestSql: database.ingestSql, clock: systemClock, log, concurrency, random: Math.random },
    connectors: [instantAuthority, target].map((connector) => ({ id: connector.id, connector, config: {} })),
    timing: {
      ...{
        outboundSeconds: 10,
        callSeconds: 300,
        leaseSeconds: 30,
        renewSeconds: 10,
        pollSeconds: 1,
        probeSeconds: 60,
      },
      schedule: defaultSchedule,
    },
    policy: { ...defaultPolicy, brake: { people: 0, percent: 0, minutes: 10 } },
  })
  if (part !== 'work') await fill(hub, { people, first })
  const tuplesBefore = await readTuples(admin)
  const before = await readProcessorTime(database.sql)
  const trips = countRoundTrips()
  const startedAt = performance.now()
  if (part !== 'fill') hub.drain.start()
  // What is left is counted when all were begun: counting reads tables, too.
  while (part === 'all' && planned() < people) await sleep(5)
  while (part !== 'fill' && (await countLeft(database.sql)) > 0) await sleep(5)
  const seconds = (performance.now() - startedAt) / 1000
  const roundTrips = trips.stop()
  const after = await readProcessorTime(database.sql)
  await hub.drain.stop()
  await database.close()
  // Statistics of tables reach the others when a connection ends.
  await sleep(500)
  const tuplesAfter = await readTuples(admin)
  await admin.end()
  const each = (amount: number) => amount / people
  return {
    perSecond: people / seconds,
    hubUs: each((after.ownMs - before.ownMs) * 1000),
    databaseUs: each(((after.databaseMs ?? Number.NaN) - (before.databaseMs ?? 0)) * 1000),
    roundTrips: each(roundTrips),
    transactions: each(tuplesAfter.transactions - tuplesBefore.transactions),
    sequentialTuples: each(tuplesAfter.sequential - tuplesBefore.sequential),
    indexTuples: each(tuplesAfter.index - tuplesBefore.index),
  }
}

async function countLeft(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ left: number }[]>`select count(*)::int as left from hub.lane where next_at <= now()`
  return row?.left ?? 0
}

/** The target, and how many people it was asked about. */
function countPlans(target: ReturnType<typeof makeChangingTarget>) {
  const people = new Set<string>()
  const { sync } = target
  const plan: NonNullable<typeof sync>['plan'] = async (context) => {
    people.add(context.person.authorityId)
    return sync?.plan(context) ?? { changes: [] }
  }
  return { target: sync ? { ...target, sync: { ...sync, plan } } : target, planned: () => people.size }
}

async function fill(hub: ReturnType<typeof makeHub>, { people, first }: { people: number; first: number }) {
  const { installed, journal } = hub
  for (let start = 0; start < people; start += 100) {
    const events = Array.from({ length: Math.min(100, people - start) }, (_, i) => {
      const person = { source: 'okta', authorityId: personNumber(first + start + i).oktaId }
      const draft = { source: 'okta', type: 'user.lifecycle.deactivate', hint: 'deny' as const, person, data: {} }
      return makeRoutedEvent(draft, { clock: systemClock, installed })
    })
    await journal.queue.ingest(events)
  }
}

type Tuples = { sequential: number; index: number; transactions: number }

async function readTuples(sql: postgres.Sql): Promise<Tuples> {
  await sql`select pg_stat_force_next_flush()`
  const [row] = await sql<Tuples[]>`
    select sum(seq_tup_read)::float8 as sequential, sum(coalesce(idx_tup_fetch, 0))::float8 as index,
      (select xact_commit::float8 from pg_stat_database where datname = current_database()) as transactions
    from pg_stat_user_tables where schemaname = 'hub'`
  return row ?? { sequential: 0, index: 0, transactions: 0 }
}

/** A round trip is an answer to what was written since the answer before, on any socket of this process. */
function countRoundTrips(): { stop(): number } {
  const waiting = new WeakSet<Socket>()
  let trips = 0
  const { write, push } = Socket.prototype
  Socket.prototype.write = function (this: Socket, ...given: unknown[]) {
    waiting.add(this)
    return Reflect.apply(write, this, given)
  }
  Socket.prototype.push = function (this: Socket, ...given: unknown[]) {
    if (waiting.delete(this)) trips++
    return Reflect.apply(push, this, given)
  }
  return {
    stop() {
      Object.assign(Socket.prototype, { write, push })
      return trips
    },
  }
}

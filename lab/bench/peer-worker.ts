import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { parseConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import { readProcessorTime } from './processor-time.ts'
import { serveQuestions } from './worker-process.ts'

export type PeerName = 'pg-boss' | 'pg-boss analyzed' | 'graphile-worker' | 'graphile-worker tuned'

export type PeerQuestion = {
  peer: PeerName
  databaseUrl: string
  people: number
  /** How many jobs each person has; they run in order. */
  each: number
  /** Fill the queue and work it off, fill it alone, or work off what is there. */
  part: 'all' | 'fill' | 'work'
}

export type PeerAnswer = {
  perSecond: number
  ownUs: number
  databaseUs: number
}

const concurrency = 16

type Peer = {
  prepare(): Promise<void>
  fill(jobs: readonly PeerJob[]): Promise<void>
  start(run: (job: PeerJob) => Promise<void>): Promise<void>
  stop(): Promise<void>
}

export type PeerJob = { person: string; number: number }

serveQuestions<PeerQuestion>('ready', workOnce, async () => {})

/** Fills a queue while nothing works, then measures how it is worked off: no work but a row kept of each attempt. */
async function workOnce({ peer: name, databaseUrl, people, each, part }: PeerQuestion): Promise<PeerAnswer> {
  const { url, options } = parseConnectionUrl(databaseUrl)
  const sql = postgres(url, { ...options, max: concurrency, onnotice: () => {} })
  const peer = name.startsWith('pg-boss') ? await openBoss(databaseUrl) : await openGraphile(databaseUrl, name)
  await sql`
    create table if not exists attempt (
      id bigint generated always as identity primary key,
      person text not null, number int not null, started_at timestamptz not null default now(), outcome text not null
    )`
  await peer.prepare()
  const jobs = Array.from({ length: people * each }, (_, i) => ({
    person: `p${i % people}`,
    number: Math.floor(i / people),
  }))
  const total = jobs.length
  if (part !== 'work') await peer.fill(jobs)
  if (name === 'pg-boss analyzed') await sql`analyze`
  const [start] = await sql<{ count: number }[]>`select count(*)::int as count from attempt`
  let done = part === 'work' ? (start?.count ?? 0) : 0
  const before = await readProcessorTime(sql)
  const startedAt = performance.now()
  const run = async ({ person, number }: PeerJob) => {
    await sql`insert into attempt (person, number, outcome) values (${person}, ${number}, 'succeeded')`
    done++
  }
  if (part !== 'fill') {
    await peer.start(run)
    const limit = startedAt + 120_000
    while (done < total && performance.now() < limit) await sleep(5)
  }
  const seconds = (performance.now() - startedAt) / 1000
  const after = await readProcessorTime(sql)
  await peer.stop()
  await sql.end()
  return {
    perSecond: done / seconds,
    ownUs: ((after.ownMs - before.ownMs) * 1000) / done,
    databaseUs: (((after.databaseMs ?? Number.NaN) - (before.databaseMs ?? 0)) * 1000) / done,
  }
}

// The peers are installed by their own package.json (npm ci --prefix lab/bench), which the hub's types do not see: the
// types below are what is used of them.

type Boss = {
  start(): Promise<unknown>
  stop(options: { graceful: boolean }): Promise<void>
  on(event: 'error', listener: (error: Error) => void): void
  createQueue(name: string, options: Record<string, unknown>): Promise<void>
  insert(name: string, jobs: { data: PeerJob; singletonKey: string }[]): Promise<unknown>
  work(
    name: string,
    options: Record<string, unknown>,
    handler: (jobs: { data: PeerJob }[]) => Promise<void>,
  ): Promise<string>
}

async function load<Module>(name: string): Promise<Module> {
  return (await import(name)) as Module
}

/** One queue whose jobs of one key run one after another, in order; batches as large as the hub's claims together. */
async function openBoss(databaseUrl: string): Promise<Peer> {
  const { PgBoss } = await load<{ PgBoss: new (options: Record<string, unknown>) => Boss }>('pg-boss')
  const boss = new PgBoss({
    connectionString: databaseUrl,
    max: concurrency,
    monitorIntervalSeconds: 1,
    superviseIntervalSeconds: 1,
    queueCacheIntervalSeconds: 1,
  })
  boss.on('error', (error) => process.stderr.write(`${error}\n`))
  return {
    async prepare() {
      await boss.start()
      await boss.createQueue('work', { policy: 'key_strict_fifo', retryLimit: 2 })
    },
    async fill(jobs) {
      for (let i = 0; i < jobs.length; i += 500) {
        await boss.insert(
          'work',
          jobs.slice(i, i + 500).map((data) => ({ data, singletonKey: data.person })),
        )
      }
    },
    async start(run) {
      const options = { batchSize: 50, localConcurrency: 4, pollingIntervalSeconds: 0.5, burstThreshold: 1 }
      await boss.work('work', options, async (batch) => {
        await Promise.all(batch.map(({ data }) => run(data)))
      })
    },
    stop: () => boss.stop({ graceful: true }),
  }
}

type GraphileOptions = Record<string, unknown>
type Graphile = {
  run(options: GraphileOptions): Promise<{ stop(): Promise<void> }>
  makeWorkerUtils(options: GraphileOptions): Promise<{
    migrate(): Promise<void>
    addJobs(jobs: { identifier: string; payload: PeerJob; queueName: string }[]): Promise<unknown>
    release(): Promise<void>
  }>
}

/** A queue of its own for each person; tuned as its documentation advises for many short jobs. */
async function openGraphile(connectionString: string, name: PeerName): Promise<Peer> {
  const { run: runWorker, makeWorkerUtils } = await load<Graphile>('graphile-worker')
  const tuned = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
  let runner: { stop(): Promise<void> } | undefined
  const shared = { connectionString, maxPoolSize: concurrency + 2 }
  return {
    async prepare() {
      const utils = await makeWorkerUtils(shared)
      await utils.migrate()
      await utils.release()
    },
    async fill(jobs) {
      const utils = await makeWorkerUtils(shared)
      for (let i = 0; i < jobs.length; i += 500) {
        await utils.addJobs(
          jobs.slice(i, i + 500).map((payload) => ({ identifier: 'work', payload, queueName: payload.person })),
        )
      }
      await utils.release()
    },
    async start(run) {
      const preset = {
        worker: { ...shared, concurrentJobs: concurrency, pollInterval: 500, ...(name.endsWith('tuned') ? tuned : {}) },
      }
      const taskList = { work: (payload: PeerJob) => run(payload) }
      runner = await runWorker({ preset, taskList, noHandleSignals: true })
    },
    stop: async () => runner?.stop(),
  }
}

import type { ContenderQuestion, ContenderState } from './contender.ts'
import type { Server } from './database.ts'
import { listOperatorReads } from './growth-reads.ts'
import { fillJournal } from './growth-rows.ts'
import type { LoadAnswer, LoadQuestion } from './load.ts'
import { median } from './measures.ts'
import { readServerWork } from './server-work.ts'
import { withDatabase } from './with-database.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

export type GrowthPace = {
  /** Events, deliveries and attempts each; of every ten rows one is another person's. */
  growthRows: number
  growthRounds: number
  /** Hooks of a turn: acknowledged first, and then settled. */
  growthHooks: number
  /** How often each list is read in a turn. */
  growthReads: number
}

/** `loaded`: just after the COPY, never analyzed. `analyzed`: after VACUUM ANALYZE, as autovacuum leaves it. */
export type GrowthPhase = 'loaded' | 'analyzed'

/** Medians of the turns. `ratio`: what the grown journal takes of what the empty one took in the same turn. */
export type GrownMeasure = { name: string; unit: string; empty: number; grown: number; ratio: number }

export type Growth = { rows: number; people: number; fillSeconds: number; phases: Record<GrowthPhase, GrownMeasure[]> }

/** What a turn measured, by name: milliseconds, where no other unit stands here. */
type Turn = Map<string, number>

const units: Readonly<Record<string, string>> = {
  'settled/s': '1/s',
  'settled, hub': 'µs',
  'settled, PostgreSQL': 'µs',
  'acknowledged and settled, log': 'kB',
  'acknowledged and settled, pages whole': 'pages',
}
/** What the empty journal has: enough that a list has a page to show. */
const few = { rows: 100, people: 10 }

/** Whether it takes longer when there are millions of rows: each turn is one on a fresh journal and one on a full one. */
export async function measureGrowth(server: Server, pace: GrowthPace): Promise<Growth> {
  const { growthRows: rows } = pace
  const people = Math.max(few.people, Math.floor(rows / 10))
  const grownUrl = await server.create('bench_grown')
  const load = await startWorker('load.ts')
  const startedAt = performance.now()
  await withDatabase(grownUrl, async (sql) => {
    // Else the first phase would end whenever autovacuum comes by.
    for (const table of growing) await sql`alter table hub.${sql(table)} set (autovacuum_enabled = off)`
    await fillJournal(sql, { rows, people }, (done) => done % 500_000 === 0 && tell(`${done} rows`))
  })
  const fillSeconds = (performance.now() - startedAt) / 1000
  tell(`filled in ${fillSeconds.toFixed(0)} s`)
  try {
    const measure = (phase: GrowthPhase) => measurePhase({ server, load, grownUrl, pace, phase })
    const loaded = await measure('loaded')
    await withDatabase(grownUrl, async (sql) => {
      for (const table of growing) await sql`vacuum (analyze) hub.${sql(table)}`
    })
    tell('analyzed')
    return { rows, people, fillSeconds, phases: { loaded, analyzed: await measure('analyzed') } }
  } finally {
    await load.end()
  }
}

const growing = ['event', 'event_key', 'delivery', 'attempt', 'person', 'sighting', 'lane', 'verification'] as const

function tell(what: string): void {
  process.stderr.write(`growth: ${what}\n`)
}

type PhaseQuestion = { server: Server; load: WorkerProcess; grownUrl: string; pace: GrowthPace; phase: GrowthPhase }

async function measurePhase({ server, load, grownUrl, pace, phase }: PhaseQuestion): Promise<GrownMeasure[]> {
  const turns: { empty: Turn; grown: Turn }[] = []
  for (let round = 0; round < pace.growthRounds; round++) {
    const emptyUrl = await server.create(`bench_empty_${phase}_${round}`)
    await withDatabase(emptyUrl, (sql) => fillJournal(sql, few))
    const first = round % 2 === 0 ? await takeTurn(emptyUrl, { load, pace }) : null
    const grown = await takeTurn(grownUrl, { load, pace })
    turns.push({ empty: first ?? (await takeTurn(emptyUrl, { load, pace })), grown })
  }
  const names = [...(turns[0]?.grown.keys() ?? [])]
  return names.map((name) => compare(name, turns))
}

function compare(name: string, turns: readonly { empty: Turn; grown: Turn }[]): GrownMeasure {
  const of = (turn: Turn) => turn.get(name) ?? Number.NaN
  return {
    name,
    unit: units[name] ?? 'ms',
    empty: median(turns.map(({ empty }) => of(empty))),
    grown: median(turns.map(({ grown }) => of(grown))),
    ratio: median(turns.map(({ empty, grown }) => of(grown) / of(empty))),
  }
}

/** A hub of its own takes hooks, then settles them; then what operators ask is read. */
async function takeTurn(databaseUrl: string, { load, pace }: { load: WorkerProcess; pace: GrowthPace }): Promise<Turn> {
  const turn: Turn = new Map()
  const since = new Date().toISOString()
  await withDatabase(databaseUrl, async (sql) => {
    const before = await readServerWork(sql)
    const deliveries = await workAtHub(databaseUrl, { load, pace, turn })
    const after = await readServerWork(sql)
    turn.set('acknowledged and settled, log', (after.logBytes - before.logBytes) / 1024 / deliveries)
    turn.set('acknowledged and settled, pages whole', (after.wholePages - before.wholePages) / deliveries)
    for (const { name, walks, read } of listOperatorReads(sql, { since })) {
      const title = walks === undefined ? name : `${name}, goes over ${walks.toLocaleString('en-US')}`
      turn.set(title, await time(pace.growthReads, read))
    }
  })
  return turn
}

type HubTurn = { load: WorkerProcess; pace: GrowthPace; turn: Turn }

/** Returns how many deliveries it settled. */
async function workAtHub(databaseUrl: string, { load, pace, turn }: HubTurn): Promise<number> {
  const options = { kind: 'hub', databaseUrl, routed: true, drained: false }
  const hub = await startWorker('contender.ts', { options })
  const { port } = hub.hello as { port: number }
  try {
    const send = (count: number) => load.ask<LoadAnswer>({ port, connections: 64, count } satisfies LoadQuestion)
    await send(Math.ceil(pace.growthHooks / 10))
    const { p50Ms, p99Ms } = await send(pace.growthHooks)
    turn.set('hook acknowledged, p50', p50Ms).set('hook acknowledged, p99', p99Ms)
    const before = await hub.ask<ContenderState>({})
    const after = await hub.ask<ContenderState>({ settle: true } satisfies ContenderQuestion)
    const each = (ms: number) => (ms * 1000) / before.pending
    turn.set('settled/s', before.pending / (after.settledSeconds ?? Number.NaN))
    turn.set('settled, hub', each(after.ownMs - before.ownMs))
    turn.set('settled, PostgreSQL', each(Number(after.databaseMs) - Number(before.databaseMs)))
    turn.set('/metrics', await time(pace.growthReads, () => readMetrics(port)))
    return before.pending
  } finally {
    await hub.end()
  }
}

async function readMetrics(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  if (!answer.ok) throw new Error(`/metrics was answered ${answer.status}`)
  await answer.text()
}

async function time(count: number, read: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  await read()
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now()
    await read()
    times.push(performance.now() - startedAt)
  }
  return median(times)
}

import type { Server } from './database.ts'
import type { DrainAnswer, DrainQuestion } from './drain-worker.ts'
import { median } from './measures.ts'
import type { PeerAnswer, PeerName } from './peer-worker.ts'
import { type AfterKill, askPeer, hasPeers, killOnce, peerNames } from './peers.ts'
import { startWorker } from './worker-process.ts'

export type DrainPace = { drainPeople: number; drainRounds: number; killPatienceSeconds: number }

/**
 * Medians of the rounds: of people with nothing to change, and of people with one change each. `peers`: the same no-op
 * work done by other queues, in turns with the hub; null: they are not installed (`npm ci --prefix lab/bench`).
 */
export type DrainCost = {
  unchanged: DrainAnswer
  changed: DrainAnswer
  peers: Record<PeerName, PeerAnswer> | null
  /** What a SIGKILL in the middle of the work led to. */
  afterKill: Record<string, AfterKill>
}

/** What it costs to carry out a delivery with vendors that answer at once, each round in a process of its own. */
export async function measureDrain(server: Server, pace: DrainPace): Promise<DrainCost> {
  const { drainPeople, drainRounds } = pace
  const peers = new Map<PeerName, PeerAnswer[]>(hasPeers() ? peerNames.map((name) => [name, []]) : [])
  const databases = { unchanged: await server.create('bench_drain'), changed: await server.create('bench_change') }
  const answers: Record<'unchanged' | 'changed', DrainAnswer[]> = { unchanged: [], changed: [] }
  // The first round warms nothing up: each has its own process, and its database grows.
  for (let round = 0; round < drainRounds; round++) {
    for (const name of ['unchanged', 'changed'] as const) {
      const worker = await startWorker('drain-worker.ts', { execArgv: makeProfilerArgs(name) })
      const people = name === 'changed' ? Math.ceil(drainPeople / 2) : drainPeople
      const question = { databaseUrl: databases[name], people, changes: name === 'changed', first: round * drainPeople }
      answers[name].push(await worker.ask<DrainAnswer>(question satisfies DrainQuestion))
      await worker.end()
    }
    for (const [peer, given] of peers) {
      const databaseUrl = await server.create(makeName(peer, String(round)))
      given.push(await askPeer({ peer, databaseUrl, people: drainPeople, each: 1, part: 'all' }))
    }
  }
  return {
    unchanged: findMedians(answers.unchanged),
    changed: findMedians(answers.changed),
    peers: peers.size > 0 ? findPeerMedians(peers) : null,
    afterKill: await killEach(server, [...peers.keys()], pace),
  }
}

function makeName(peer: PeerName, end: string): string {
  return `peer_${peer.replace(/\W/g, '_')}_${end}`
}

function findPeerMedians(peers: ReadonlyMap<PeerName, readonly PeerAnswer[]>): Record<PeerName, PeerAnswer> {
  const each = [...peers].map(([name, answers]) => {
    const of = (field: keyof PeerAnswer) => median(answers.map((answer) => answer[field]))
    return [name, { perSecond: of('perSecond'), ownUs: of('ownUs'), databaseUs: of('databaseUs') }] as const
  })
  return Object.fromEntries(each) as Record<PeerName, PeerAnswer>
}

type KillPace = Pick<DrainPace, 'drainPeople' | 'killPatienceSeconds'>

/** The hub's deliveries and a peer's jobs are counted by the row that each keeps of an attempt. */
async function killEach(server: Server, peers: readonly PeerName[], { drainPeople, killPatienceSeconds }: KillPace) {
  const shared = { jobs: drainPeople, patienceSeconds: killPatienceSeconds }
  const databaseUrl = await server.create('bench_killed')
  const question: DrainQuestion = { databaseUrl, people: drainPeople, changes: false, first: 0 }
  const afterKill: Record<string, AfterKill> = {
    hub: await killOnce(databaseUrl, {
      ...shared,
      file: 'drain-worker.ts',
      fill: { ...question, part: 'fill' },
      work: { ...question, part: 'work' },
      count: `select count(distinct d.id)::int as done, count(*)::int as attempts
        from hub.delivery d join hub.attempt a on a.delivery_id = d.id where d.status <> 'pending'`,
    }),
  }
  for (const peer of peers) {
    const url = await server.create(makeName(peer, 'killed'))
    const asked = { peer, databaseUrl: url, people: drainPeople, each: 1 }
    afterKill[peer] = await killOnce(url, {
      ...shared,
      file: 'peer-worker.ts',
      fill: { ...asked, part: 'fill' },
      work: { ...asked, part: 'work' },
      count: 'select count(distinct (person, number))::int as done, count(*)::int as attempts from attempt',
    })
  }
  return afterKill
}

function findMedians(answers: readonly DrainAnswer[]): DrainAnswer {
  const of = (name: keyof DrainAnswer) => median(answers.map((answer) => answer[name]))
  return {
    perSecond: of('perSecond'),
    hubUs: of('hubUs'),
    databaseUs: of('databaseUs'),
    roundTrips: of('roundTrips'),
    transactions: of('transactions'),
    sequentialTuples: of('sequentialTuples'),
    indexTuples: of('indexTuples'),
  }
}

/** `BENCH_PROFILE=unchanged` writes the CPU profiles of these rounds to lab/bench/results. */
function makeProfilerArgs(name: 'unchanged' | 'changed'): string[] {
  return process.env.BENCH_PROFILE === name ? ['--cpu-prof', '--cpu-prof-dir=lab/bench/results'] : []
}

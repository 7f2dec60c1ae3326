import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { parseConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import type { Server } from './database.ts'
import { median } from './measures.ts'
import type { PeerAnswer, PeerName, PeerQuestion } from './peer-worker.ts'
import { startWorker } from './worker-process.ts'

export type PeerPace = { peerPeople: number; peerRounds: number; patienceSeconds: number }

/** Medians of the rounds, and what a SIGKILL in the middle of the work led to. */
export type PeerCost = PeerAnswer & {
  /** Of `jobs` jobs: not done `patienceSeconds` after the next start, and done twice. */
  afterKill: { jobs: number; notBack: number; repeated: number; patienceSeconds: number }
}

export const peerNames: readonly PeerName[] = [
  'pg-boss',
  'pg-boss analyzed',
  'graphile-worker',
  'graphile-worker tuned',
]

/** The peers are installed by `npm ci --prefix lab/bench`: nothing else of the project needs them. */
export function hasPeers(): boolean {
  return existsSync(new URL('node_modules/pg-boss', import.meta.url))
}

/** What the same no-op work costs other queues on PostgreSQL, each round in a process and a database of its own. */
export async function measurePeers(server: Server, pace: PeerPace): Promise<Record<string, PeerCost>> {
  const answers = new Map<PeerName, PeerAnswer[]>(peerNames.map((name) => [name, []]))
  for (let round = 0; round < pace.peerRounds; round++) {
    for (const name of peerNames) {
      const databaseUrl = await server.create(`peer_${name.replace(/\W/g, '_')}_${round}`)
      answers.get(name)?.push(await askPeer({ peer: name, databaseUrl, people: pace.peerPeople, each: 1, part: 'all' }))
    }
  }
  const costs: Record<string, PeerCost> = {}
  for (const [name, given] of answers) {
    const of = (field: keyof PeerAnswer) => median(given.map((answer) => answer[field]))
    const afterKill = await killOnce(server, name, pace)
    costs[name] = { perSecond: of('perSecond'), ownUs: of('ownUs'), databaseUs: of('databaseUs'), afterKill }
  }
  return costs
}

async function askPeer(question: PeerQuestion): Promise<PeerAnswer> {
  const worker = await startWorker('peer-worker.ts')
  const answer = await worker.ask<PeerAnswer>(question)
  await worker.end()
  return answer
}

/** Kills the worker when a third is done, starts another one, and counts what came of each job. */
async function killOnce(server: Server, peer: PeerName, { peerPeople, patienceSeconds }: PeerPace) {
  const databaseUrl = await server.create(`peer_${peer.replace(/\W/g, '_')}_killed`)
  const question = { peer, databaseUrl, people: peerPeople, each: 2 }
  await askPeer({ ...question, part: 'fill' })
  const { url, options } = parseConnectionUrl(databaseUrl)
  const sql = postgres(url, { ...options, max: 1, onnotice: () => {} })
  const jobs = peerPeople * 2
  const done = async () => {
    const [row] = await sql<{ jobs: number; attempts: number }[]>`
      select count(distinct (person, number))::int as jobs, count(*)::int as attempts from attempt`
    return row ?? { jobs: 0, attempts: 0 }
  }
  const first = await startWorker('peer-worker.ts')
  void first.ask({ ...question, part: 'work' }).catch(() => {})
  while ((await done()).jobs < jobs / 3) await sleep(2)
  first.kill()
  const second = await startWorker('peer-worker.ts')
  void second.ask({ ...question, part: 'work' }).catch(() => {})
  const end = performance.now() + patienceSeconds * 1000
  while ((await done()).jobs < jobs && performance.now() < end) await sleep(100)
  const { jobs: doneJobs, attempts } = await done()
  second.kill()
  await sql.end()
  return { jobs, notBack: jobs - doneJobs, repeated: attempts - doneJobs, patienceSeconds }
}

import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { parseConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import type { PeerAnswer, PeerName, PeerQuestion } from './peer-worker.ts'
import { startWorker } from './worker-process.ts'

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

/** Has a peer work a queue off, in a process of its own. */
export async function askPeer(question: PeerQuestion): Promise<PeerAnswer> {
  const worker = await startWorker('peer-worker.ts')
  const answer = await worker.ask<PeerAnswer>(question)
  await worker.end()
  return answer
}

export type AfterKill = {
  jobs: number
  /** Not done `patienceSeconds` after the next start. */
  notBack: number
  /** Done more than once. */
  repeated: number
  patienceSeconds: number
}

/** Who works: how its queue is filled, how a process that works is started, and how what came of it is counted. */
type Worked = { file: string; fill: unknown; work: unknown; count: string; patienceSeconds: number; jobs: number }

/** Kills the process when a third is done, starts another one, and counts what came of each job. */
export async function killOnce(databaseUrl: string, worked: Worked): Promise<AfterKill> {
  const { file, jobs, patienceSeconds } = worked
  const filler = await startWorker(file)
  await filler.ask(worked.fill)
  await filler.end()
  const { url, options } = parseConnectionUrl(databaseUrl)
  const sql = postgres(url, { ...options, max: 1, onnotice: () => {} })
  const count = async () => {
    const [row] = await sql.unsafe<{ done: number; attempts: number }[]>(worked.count)
    return row ?? { done: 0, attempts: 0 }
  }
  const first = await startWorker(file)
  void first.ask(worked.work).catch(() => {})
  while ((await count()).done < jobs / 3) await sleep(2)
  first.kill()
  const second = await startWorker(file)
  void second.ask(worked.work).catch(() => {})
  const end = performance.now() + patienceSeconds * 1000
  while ((await count()).done < jobs && performance.now() < end) await sleep(100)
  const { done, attempts } = await count()
  second.kill()
  await sql.end()
  return { jobs, notBack: jobs - done, repeated: attempts - done, patienceSeconds }
}

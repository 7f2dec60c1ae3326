import { setTimeout as sleep } from 'node:timers/promises'
import { startWorkerProcess, type WorkerProcess } from '../edge/worker-process.ts'
import type { HubSeat } from './hub-seat.ts'
import { meterStarvation, type Span } from './starvation.ts'

type WorkerSeatOptions = {
  port: number
  databaseUrl: string
  vars: Record<string, string>
  guardHub(pid: number): void
}

/** The cron comes once a minute on the platform; here as often as the schedule of the chaos runs wants. */
const tickEveryMs = 1000

/** A place where the hub runs as a Worker under `wrangler dev`, and where its cron is ticked while it runs. */
export function makeWorkerSeat({ port, databaseUrl, vars, guardHub }: WorkerSeatOptions): HubSeat {
  let worker: WorkerProcess | undefined
  let pid = 0
  const absences: Span[] = []
  const starts: Span[] = []
  const take = (fresh: number) => {
    pid = fresh
    guardHub(fresh)
  }
  const tickWhile = async (mine: WorkerProcess) => {
    while (worker === mine) {
      await mine.tick().catch(() => {})
      await sleep(tickEveryMs)
    }
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async start() {
      const from = Date.now()
      const fresh = await startWorkerProcess({ databaseUrl, vars, port, onSpawn: take })
      worker = fresh
      starts.push({ from, until: Date.now() })
      const last = absences.at(-1)
      if (last) last.until = Date.now()
      void tickWhile(fresh)
    },
    async kill() {
      absences.push({ from: Date.now(), until: Number.POSITIVE_INFINITY })
      const killed = worker
      worker = undefined
      await killed?.kill()
    },
    end: () => refuse('SIGTERM'),
    pause: () => refuse('SIGSTOP'),
    resume: () => refuse('SIGCONT'),
    pid: () => pid,
    starvation: meterStarvation(() => pid),
    absences: () => absences,
    starts,
    log: () => worker?.log ?? [],
  }
}

function refuse(signal: string): never {
  throw new Error(`No scenario sends ${signal} to a Worker.`)
}

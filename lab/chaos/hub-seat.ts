import { setTimeout as sleep } from 'node:timers/promises'
import { type HubProcess, startHubProcess } from '../hub-process.ts'
import { type Meter, meterStarvation, type Span } from './starvation.ts'

/** A place where a hub runs: it keeps its address when the process in it is another. */
export type HubSeat = {
  url: string
  /** Starts a hub, again and again until one stays up, as a service manager would. */
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM; resolves when the process is gone. It answers until then: no absence is recorded. */
  end(): Promise<void>
  /** SIGSTOP. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  pid(): number
  /** When no hub could answer here: from a kill until the next one does, and while one was stopped. */
  absences(): readonly Span[]
  /** From each spawn until that hub was ready and answered. */
  starts: readonly Span[]
  /** How long the hub here waited for a processor, its start included. */
  starvation: Meter
  log(): readonly string[]
}

const patienceMs = 60_000

type SeatOptions = { port: number; env: Record<string, string>; cwd: string; guardHub(pid: number): void }

export function makeSeat({ port, env, cwd, guardHub }: SeatOptions): HubSeat {
  let hub: HubProcess | undefined
  let pid = 0
  const absences: Span[] = []
  const starts: Span[] = []
  const leave = () => void absences.push({ from: Date.now(), until: Number.POSITIVE_INFINITY })
  const comeBack = () => {
    const last = absences.at(-1)
    if (last) last.until = Math.min(last.until, Date.now())
  }
  const take = (fresh: number) => {
    pid = fresh
    guardHub(fresh)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async start() {
      const deadline = Date.now() + patienceMs
      for (;;) {
        const from = Date.now()
        try {
          hub = await startHubProcess({ cwd, env: { ...env, PORT: String(port) }, onSpawn: take })
          await waitForAnswer(`http://127.0.0.1:${port}/healthz`)
          starts.push({ from, until: Date.now() })
          return comeBack()
        } catch (thrown) {
          // It may listen all the same, and the next one could not.
          await hub?.stop('SIGKILL')
          if (Date.now() > deadline) throw thrown
          await sleep(200)
        }
      }
    },
    async kill() {
      leave()
      await hub?.stop('SIGKILL')
    },
    async end() {
      await hub?.stop('SIGTERM')
    },
    pause() {
      leave()
      if (hub) process.kill(hub.pid, 'SIGSTOP')
    },
    resume() {
      if (hub) process.kill(hub.pid, 'SIGCONT')
      comeBack()
    },
    pid: () => pid,
    starvation: meterStarvation(() => pid),
    absences: () => absences,
    starts,
    log: () => hub?.log ?? [],
  }
}

/**
 * Requests that arrived while the hub was loading are answered before this one. Tries again after a failure: `fetch` may
 * reuse a connection to the killed hub before it has seen that connection closed.
 */
async function waitForAnswer(url: string, triesLeft = 3): Promise<void> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    await response.arrayBuffer()
  } catch (thrown) {
    if (triesLeft <= 1) throw thrown
    await waitForAnswer(url, triesLeft - 1)
  }
}

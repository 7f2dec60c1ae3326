import { setTimeout as sleep } from 'node:timers/promises'
import { type HubProcess, startHubProcess } from '../src/cli/hub-process.ts'

/** A place where a hub runs: it keeps its address when the process in it is another. */
export type HubSeat = {
  url: string
  /** Starts a hub, again and again until one stays up, as a service manager would. */
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
  log(): readonly string[]
}

const patienceMs = 60_000

export function makeSeat({ port, env, cwd }: { port: number; env: Record<string, string>; cwd: string }): HubSeat {
  let hub: HubProcess | undefined
  return {
    url: `http://127.0.0.1:${port}`,
    async start() {
      const deadline = Date.now() + patienceMs
      for (;;) {
        try {
          hub = await startHubProcess({ cwd, env: { ...env, PORT: String(port) } })
          return
        } catch (thrown) {
          if (Date.now() > deadline) throw thrown
          await sleep(200)
        }
      }
    },
    async kill() {
      await hub?.stop('SIGKILL')
    },
    signal(name) {
      if (hub) process.kill(hub.pid, name)
    },
    log: () => hub?.log ?? [],
  }
}

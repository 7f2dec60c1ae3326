import { setTimeout as sleep, setImmediate as turnEventLoop } from 'node:timers/promises'
import type { Luck } from './luck.ts'
import type { Stage } from './stage.ts'
import type { Traffic } from './traffic.ts'

/** What the hub was doing is over at its kill, and so the clock starts there. */
export async function killOneHub({ hubs }: Stage, luck: Luck): Promise<number> {
  const hub = luck.pick(hubs)
  await hub.kill()
  const killedAt = Date.now()
  await hub.start()
  return killedAt
}

/** As a service manager does: the next hub is ended when the balancer has taken the new process of this one in. */
export async function restartInTurn({ hubs, balancer }: Stage): Promise<number> {
  const startedAt = Date.now()
  for (const hub of hubs) {
    await hub.end()
    await hub.start()
    await balancer?.takesIn(hub.url)
  }
  return startedAt
}

const killsPerRound = 2

/** The work that a 204 left to `waitUntil` and to the queue dies with them. How long wrangler takes to start counts not. */
export async function killAfterAnswer({ hubs }: Stage, luck: Luck, { sender }: Traffic): Promise<number> {
  for (let kills = 0; kills < killsPerRound; kills++) {
    await sleep(luck.between(0, 300))
    const before = sender.acknowledged.size
    while (sender.acknowledged.size === before) await turnEventLoop()
    for (const hub of hubs) {
      await hub.kill()
      await hub.start()
    }
  }
  return Date.now()
}

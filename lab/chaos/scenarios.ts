import { setTimeout as sleep } from 'node:timers/promises'
import { transaction } from '../../src/journal/index.ts'
import { killAfterAnswer, killOneHub, restartInTurn } from './hub-faults.ts'
import type { Luck } from './luck.ts'
import type { Setting, Stage } from './stage.ts'
import type { Traffic } from './traffic.ts'
import { delayWrites, disturbVendors } from './vendor-faults.ts'

export type Scenario = Setting & {
  name: string
  /** What happens, as the report says it. */
  title: string
  /**
   * What decides how soon all is well again: the lease of the hub that died, or the schedule after a vendor's failure.
   * Nothing, where a hub gives back what it held before it ends.
   */
  waitsFor: 'lease' | 'schedule' | 'nothing'
  /** For so long that hooks must be refused; a run in which none was has not tried what it says. */
  mustRefuse?: true
  /**
   * The vendor holds writes back and carries them out after younger ones, so their effects are out of order whatever a
   * hub does; judged is the order in which hubs send them. What landed last is right in the end, or counts as wrong.
   */
  vendorReorders?: true
  /** Causes the fault; returns the moment from which recovery counts. */
  strike(stage: Stage, luck: Luck, traffic: Traffic): Promise<number>
}

const now = () => Date.now()

export const scenarios: readonly Scenario[] = [
  {
    name: 'hub-killed',
    title: 'SIGKILL of the hub, started again at once',
    hubs: 1,
    waitsFor: 'lease',
    strike: killOneHub,
  },
  {
    name: 'postgres-killed',
    title: 'SIGKILL of PostgreSQL and all its processes, started again',
    hubs: 1,
    waitsFor: 'lease',
    async strike({ cluster }, luck) {
      await cluster.kill()
      await sleep(luck.between(0, 500))
      await cluster.start()
      return now()
    },
  },
  {
    name: 'postgres-stopped',
    title: 'PostgreSQL stopped for 1 to 3 s',
    hubs: 1,
    waitsFor: 'lease',
    mustRefuse: true,
    async strike({ cluster }, luck) {
      await cluster.stop()
      await sleep(luck.between(1000, 3000))
      await cluster.start()
      return now()
    },
  },
  {
    name: 'sessions-ended',
    title: 'pg_terminate_backend of all hub sessions, every 100 ms for 1.5 s',
    hubs: 1,
    waitsFor: 'lease',
    async strike({ cluster }, luck) {
      const until = now() + 1500
      while (now() < until) {
        await cluster.terminateHubs()
        await sleep(luck.between(50, 150))
      }
      return now()
    },
  },
  {
    name: 'connections-taken',
    title: 'All connections of the database taken by others for 1 to 2 s',
    hubs: 1,
    waitsFor: 'lease',
    mustRefuse: true,
    async strike({ cluster }, luck) {
      const giveBack = await cluster.takeAllConnections()
      await sleep(luck.between(1000, 2000))
      await giveBack()
      return now()
    },
  },
  {
    name: 'pool-exhausted',
    title: "Every connection of the hub's own pools held up by another program's lock for 3 s",
    hubs: 1,
    waitsFor: 'lease',
    mustRefuse: true,
    async strike({ journal }) {
      // Tries again where PostgreSQL ends this transaction, and not a hub's, to part the two.
      await journal((sql) =>
        transaction(sql, async (tx) => {
          await tx`lock table hub.person, hub.lane, hub.event_key in access exclusive mode`
          await sleep(3000)
        }),
      )
      return now()
    },
  },
  {
    name: 'line-cut',
    title: 'The line to the database cut, and refused for 1 to 3 s',
    hubs: 1,
    waitsFor: 'lease',
    mustRefuse: true,
    async strike({ line }, luck) {
      line.cut()
      await sleep(luck.between(1000, 3000))
      line.mend()
      return now()
    },
  },
  {
    name: 'line-stalled',
    title: 'The line to the database stalled for 1 to 3 s, then as if nothing had been',
    hubs: 1,
    waitsFor: 'lease',
    async strike({ line }, luck) {
      line.stall()
      await sleep(luck.between(1000, 3000))
      line.mend()
      return now()
    },
  },
  {
    name: 'line-forgotten',
    title: 'All connections to the database go dead in silence; new ones are fine',
    hubs: 1,
    waitsFor: 'lease',
    async strike({ line }) {
      line.forget()
      return now()
    },
  },
  {
    name: 'vendors-rough',
    title: 'Okta and Auth0 answer 429 and 500, late, half, or not at all; hooks doubled, late, shuffled',
    hubs: 1,
    waitsFor: 'schedule',
    strike: disturbVendors,
  },
  {
    name: 'writes-late',
    title: 'Auth0 carries out writes after the hub has given up on them',
    hubs: 1,
    waitsFor: 'schedule',
    vendorReorders: true,
    strike: delayWrites,
  },
  {
    name: 'two-hubs',
    title: 'Two hubs on one database, one killed and started again',
    hubs: 2,
    waitsFor: 'lease',
    strike: killOneHub,
  },
  {
    name: 'four-hubs',
    title: 'Four hubs on one database, one killed and started again',
    hubs: 4,
    waitsFor: 'lease',
    strike: killOneHub,
  },
  {
    name: 'rolling-restart',
    title: 'Two hubs behind a balancer at 200 hooks a second, each ended by SIGTERM in turn and started anew',
    hubs: 2,
    waitsFor: 'nothing',
    balanced: true,
    strike: restartInTurn,
  },
  {
    name: 'rolling-restart-four',
    title: 'The same with four hubs',
    hubs: 4,
    waitsFor: 'nothing',
    balanced: true,
    strike: restartInTurn,
  },
  {
    name: 'workerd-kill',
    title: 'The hub as a Worker: SIGKILL of workerd and wrangler when a 204 has been read, twice, and started again',
    hubs: 1,
    isWorker: true,
    waitsFor: 'schedule',
    strike: killAfterAnswer,
  },
  {
    name: 'hub-stopped',
    title: 'SIGSTOP of one of two hubs beyond its lease, then SIGCONT',
    hubs: 2,
    waitsFor: 'lease',
    async strike({ hubs, leaseSeconds }, luck) {
      const hub = luck.pick(hubs)
      hub.pause()
      await sleep(leaseSeconds * 1000 * luck.between(1.05, 1.3))
      hub.resume()
      return now()
    },
  },
]

import type { Clock } from '../core/clock.ts'
import { FencedOutError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Meter } from '../core/meter.ts'
import type { HubPolicy } from '../core/policy.ts'
import type { ClaimedLane } from '../core/queue.ts'
import type { Schedule } from '../core/schedule.ts'
import type { WorkScope } from '../core/work-scope.ts'
import type { TellAccess } from '../events/access-news.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { RecordDenial } from '../events/record-denial.ts'
import type { Installed } from '../host/installed.ts'
import { isUnavailable, type Journal } from '../journal/index.ts'
import type { Foreground } from './access/access-work.ts'
import { makeRunAccess } from './access/run-access.ts'
import { makeRunEdges } from './edge.ts'
import type { AlertRefused } from './ending/alerts.ts'
import { makeEndLane } from './ending/settlement.ts'
import type { Tried } from './ending/tried.ts'
import { makeIsObserving } from './is-observing.ts'
import { holdLease, type Lease, makeLookAgain } from './lease.ts'
import { makeRunSync } from './sync/run-sync.ts'
import { newestOf } from './sync/sync-work.ts'

type DeliverNeeds = {
  journal: Journal
  installed: readonly Installed[]
  schedule: Schedule
  leaseSeconds: number
  renewSeconds: number
  probeSeconds: number
  clock: Clock
  log: Log
  random(): number
  policy: HubPolicy
  raiseAlert: RaiseAlert
  alertRefused: AlertRefused
  tellAccess: TellAccess
  recordDenial: RecordDenial
  scope: WorkScope
  meter: Meter
}

/** Returns what was tried and settled; nothing when the lane was lost. With a foreground, its delivery alone. */
export type Deliver = (lane: ClaimedLane, foreground?: Foreground) => Promise<Tried[]>

/**
 * Works through a claimed lane and settles what came of it. A worker that was fenced out settles nothing, and makes the
 * lane due again, so that the worker that has it now looks once more at what this one may still have written. One that
 * lost its journal gives the lane up as soon as that answers again.
 */
export function makeDeliver(needs: DeliverNeeds): Deliver {
  const { journal, installed, log, clock, policy, schedule, leaseSeconds, renewSeconds } = needs
  const lookAgain = makeLookAgain({ journal, log })
  const rechecks = schedule.contradictionWaitsSeconds.length
  const isObserving = makeIsObserving({ mode: policy.mode, journal })
  const runSync = makeRunSync({ ...needs, isObserving, rechecks, lookAgain })
  const runAccess = makeRunAccess({ ...needs, isObserving, lookAgain })
  const runEdges = makeRunEdges({ ...needs, isObserving })
  const endLane = makeEndLane(needs)

  const runLane = async (lane: ClaimedLane, lease: Lease): Promise<Tried[]> => {
    const access = await runAccess.runDue(lane, lease)
    // Claimed for these alone, while the authority is paused: what needs the authority waits for it.
    if (lane.authorityPaused && access.length > 0) return access
    const sync = await runSync(lane, lease)
    return [...access, ...(sync ? [sync] : []), ...(await runEdges(lane, lease))]
  }

  const listVendors = ({ connector, authority }: ClaimedLane) =>
    installed.filter(({ id }) => id === connector || id === authority)

  return async (lane, foreground) => {
    const lease = holdLease({
      lane: { key: lane.key, epoch: lane.epoch },
      renew: (lanes, seconds) => journal.queue.renew({ lanes, leaseSeconds: seconds }),
      ...{ clock, leaseSeconds, renewSeconds },
    })
    try {
      const tried = await (foreground ? runAccess.runForeground(lane, lease, foreground) : runLane(lane, lease))
      await endLane(lane, tried)
      return tried
    } catch (thrown) {
      // Any other fault would come back at once, and again: for that one the lease runs out.
      if (isUnavailable(thrown)) {
        const given = lease.giveUp()
        // Nobody who waits for an answer waits for a journal that is away.
        if (!foreground) await given
      }
      if (!(thrown instanceof FencedOutError)) throw thrown
      log.warn({ lane: lane.key }, 'Lost the lease of a lane: it is made due again')
      const deliveryIds = [...newestSync(lane), ...grantUnderWay(lane, foreground)]
      await journal.queue.makeDueAgain({ lane: lane.key, deliveryIds })
      return []
    } finally {
      lease.release()
      // After the settlement, so that no lease waits for it; and nobody who waits for an answer does.
      if (!foreground) await Promise.all(listVendors(lane).map(({ budget }) => budget?.report()))
    }
  }
}

function newestSync({ deliveries }: ClaimedLane): string[] {
  const syncs = deliveries.filter(({ kind }) => kind === 'sync')
  return syncs.length > 0 ? [newestOf(syncs).id] : []
}

/** A grant that this process was at: it may have landed after the lane's next worker read it back. */
function grantUnderWay({ deliveries }: ClaimedLane, foreground: Foreground | undefined): string[] {
  const ours = deliveries.filter(({ id, kind }) => id === foreground?.deliveryId && kind === 'provision')
  return ours.map(({ id }) => id)
}

import { systemClock } from '../core/clock.ts'
import { ownConnector } from '../core/lane.ts'
import { silentLog } from '../core/log.ts'
import { makePulse } from '../outbound/pulse.ts'
import { type Installed, install } from './installed.ts'

const callNobody = () => {
  throw new Error('The hub itself calls no vendor.')
}

/**
 * The hub itself, as a run at a connector sees it: it has no users to compare and no access to take away, so that reading
 * the person, and settling what was read, is all of the run.
 */
export const hubAsTarget: Installed = install(
  { id: ownConnector, connector: { id: ownConnector }, config: {} },
  {
    outbound: { fetch: callNobody, retry: callNobody, http: callNobody, pulse: makePulse({ clock: systemClock }) },
    log: silentLog,
  },
)

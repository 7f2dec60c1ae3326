import type { Clock } from '../core/clock.ts'
import { classify, type Outcome } from '../core/outcome.ts'
import type { ClaimedDelivery, ClaimedLane } from '../core/queue.ts'
import type { WorkScope } from '../core/work-scope.ts'
import { findEdgeHandler } from '../events/route.ts'
import { makeEdgeContext } from '../host/context.ts'
import { type Installed, withClient } from '../host/installed.ts'
import { retryWhenConfigured, type Tried, timeAttempt } from './ending/tried.ts'
import type { IsObserving } from './is-observing.ts'
import { type Lease, watchTurn } from './lease.ts'

/** Hands the due events of a lane to the connector's `on` handlers, in their order, for the length of a turn. */
type RunEdges = (lane: ClaimedLane, lease: Lease) => Promise<Tried[]>

/** After these outcomes the next event of the lane is handled. */
const goesOn = new Set<Outcome['kind']>(['succeeded', 'permanent', 'observed'])

/**
 * While the hub observes, no handler is called: what it would write cannot be known without writing it. What the hub has
 * to say itself, such as an alert, concerns no person's access and is delivered.
 */
export function makeRunEdges({
  installed,
  clock,
  isObserving,
  scope,
}: {
  installed: readonly Installed[]
  clock: Clock
  isObserving: IsObserving
  scope: WorkScope
}): RunEdges {
  const run = async (delivery: ClaimedDelivery, lane: ClaimedLane, lease: Lease): Promise<Outcome> => {
    lease.assertHeld()
    const target = installed.find(({ id }) => id === lane.connector)
    if (!target) return retryWhenConfigured(lane)
    if (delivery.event.source !== 'hub' && (await isObserving(lane.person?.id ?? null))) return { kind: 'observed' }
    return callHandler(delivery, { installed: target, signal: lease.signal, clock })
  }

  return async (lane, lease) => {
    const tried: Tried[] = []
    const hasToYield = watchTurn(clock)
    for (const delivery of lane.deliveries.filter(({ kind }) => kind === 'on')) {
      if (!delivery.due || hasToYield()) break
      const about = { clock, scope, lease, connector: lane.connector, calls: 'opening' } as const
      const one = await timeAttempt(delivery, about, async () => ({ outcome: await run(delivery, lane, lease) }))
      tried.push(one)
      if (!goesOn.has(one.outcome.kind)) break
    }
    return tried
  }
}

async function callHandler(
  delivery: ClaimedDelivery,
  { installed, signal, clock }: { installed: Installed; signal: AbortSignal; clock: Clock },
): Promise<Outcome> {
  const handler = findEdgeHandler(installed, delivery.event.type)
  if (!handler) return { kind: 'permanent', error: `${installed.id} no longer handles ${delivery.event.type}.` }
  const call = { installed, clock, signal, attempt: delivery.attempts + 1, idempotencyKey: delivery.id }
  try {
    await withClient(installed, async (client) => handler(makeEdgeContext(call, delivery, client)))
    return { kind: 'succeeded' }
  } catch (thrown) {
    return classify(thrown, installed.id)
  }
}

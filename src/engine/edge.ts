import type { Clock } from '../core/clock.ts'
import type { HandlerContext } from '../core/connector.ts'
import type { Event } from '../core/event.ts'
import { classify, type Outcome } from '../core/outcome.ts'
import type { ClaimedDelivery } from '../core/queue.ts'
import { findEdgeHandler } from '../events/route.ts'
import { type Installed, withClient } from '../host/installed.ts'

type EdgeContext = HandlerContext<unknown, Record<string, unknown>> & { event: Event }

/** Hands one event to the connector's `on` handler. */
export async function runEdge(
  delivery: ClaimedDelivery,
  { installed, signal, clock }: { installed: Installed; signal: AbortSignal; clock: Clock },
): Promise<Outcome> {
  const handler = findEdgeHandler(installed, delivery.event.type) as ((context: EdgeContext) => unknown) | undefined
  if (!handler) return { kind: 'permanent', error: `${installed.id} no longer handles ${delivery.event.type}.` }
  const { config, log } = installed
  const idempotencyKey = delivery.id
  const http = installed.http({ signal, idempotencyKey })
  const event = { ...delivery.event, id: delivery.eventId } as Event
  try {
    await withClient(installed, async (client) =>
      handler({
        client,
        config,
        http,
        log,
        now: clock.now,
        signal,
        event,
        attempt: delivery.attempts + 1,
        idempotencyKey,
      }),
    )
    return { kind: 'succeeded' }
  } catch (thrown) {
    return classify(thrown, installed.id)
  }
}

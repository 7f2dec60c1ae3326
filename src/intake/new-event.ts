import type { InlineKind } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import type { Json } from '../core/json.ts'
import { questionLane } from '../core/lane.ts'
import type { PersonKey } from '../core/person.ts'
import type { NewDelivery, NewEvent } from '../core/queue.ts'
import { makeEvent } from '../events/new-event.ts'

/** An inline hook that came in: by whom, for which connector, and what it said. */
export type Arrival = { source: string; connector: string; kind: InlineKind; body: unknown; receivedAt: string }

type EventParts = { clock: Clock; delivery: NewDelivery | null; person?: PersonKey; email?: string; type?: string }

/** The hook as an event with its delivery. Each is new: a platform gives its requests no id of their own. */
export function inlineEvent(arrival: Arrival, { clock, delivery, person, email, type }: EventParts): NewEvent {
  const { source, kind, body, receivedAt } = arrival
  return makeEvent(
    {
      ...{
        source,
        receivedAt,
        type: type ?? `inline.${kind}`,
        data: body as Json,
        deliveries: delivery ? [delivery] : [],
      },
      ...(person ? { person } : {}),
      ...(email === undefined ? {} : { personEmail: email }),
    },
    clock,
  )
}

/** What a delivery of this hook is, before it is known in which lane it stands. */
export function inlineDelivery({ connector, kind }: Arrival, { id }: { id: string }): NewDelivery {
  const direction = kind === 'deprovision' ? 'deny' : kind === 'provision' ? 'allow' : 'neutral'
  return {
    id,
    connector,
    kind,
    direction,
    hint: direction,
    lane: questionLane({ connector, deliveryId: id }),
    authority: null,
  }
}

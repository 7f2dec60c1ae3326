import type { Direction } from '../../core/change.ts'
import type { InlineRequest } from '../../core/inline.ts'
import type { Json } from '../../core/json.ts'
import type { DeliveryStatus } from '../../core/outcome.ts'
import type { NewAttempt } from './attempts.ts'

/** A delivery as routing made it. */
export type NewDelivery = {
  id: string
  connector: string
  /** `sync`, `on`, or an inline kind. */
  kind: string
  direction: Direction
  hint: Direction
  /** The queue it stands in, and the connector that is asked for the person's state, if any. */
  lane: string
  authority: string | null
  /** Absent: due at once. Whoever holds an inline request carries it out before; this is for when that process dies. */
  dueInSeconds?: number
  inline?: NewInline
  /** It was answered already, and stands in no queue. */
  settled?: { status: DeliveryStatus; error: string | null; answer: Json; attempt: NewAttempt | null }
}

/** What a delivery of an inline hook bears besides. */
export type NewInline = {
  request: InlineRequest
  accesses: readonly string[]
  /** Seconds until the sender has given up. */
  deadlineInSeconds: number
  dedupeKey: string | null
}

/** An event as it goes into the journal, with the deliveries that it causes. */
export type NewEvent = {
  id: string
  source: string
  externalId: string
  requestId: string | null
  type: string
  time: string
  receivedAt: string
  trusted: boolean
  /** `source` is the person's own where the event is of another, such as the hub's. */
  person: { id: string; authorityId: string; source?: string } | null
  /** Nobody is known yet: whoever was last seen under this e-mail stands for them on the timeline, and nowhere else. */
  personEmail?: string
  data: Json
  deliveries: NewDelivery[]
}

import { type AskedAccess, inlineKinds, type LiveGrant } from './access.ts'
import type { Change, Conflict, Direction, Sighting } from './change.ts'
import type { Json } from './json.ts'
import type { AttemptOutcome, ChangeRecord, DeliveryCode, DeliveryStatus, Trigger } from './outcome.ts'
import type { PersonState } from './person.ts'

// The rows of the queue that several rooms share: what goes into the journal, and what a worker claims from it.

/**
 * What a delivery is: a comparison of one person's state (`sync`), one event for a handler (`on`), an inline kind, or a
 * revoke of which it is not known yet whose access it takes (`resolve`).
 */
export const deliveryKinds = ['sync', 'on', ...inlineKinds, 'resolve'] as const

export type DeliveryKind = (typeof deliveryKinds)[number]

/** An event as it goes into the journal, with the deliveries that it causes. */
export type NewEvent = {
  id: string
  source: string
  externalId: string
  requestId: string | null
  /** The W3C trace id of the request that brought it. */
  traceId: string
  type: string
  time: string
  receivedAt: string
  trusted: boolean
  /** `source` is the person's own where the event is of another, such as the hub's. */
  person: { id: string; authorityId: string; source?: string } | null
  /** The person is not known yet: the one last seen under this e-mail stands in, for the timeline alone. */
  personEmail?: string
  data: Json
  deliveries: NewDelivery[]
  /** It tells of a state that lasts: open from now on, unless it is already. */
  opens?: OpenedAlert
}

/** `told`: its channels get it; `delivery`: the one that it is about. */
export type OpenedAlert = { about: string; told: boolean; delivery: string | null }

/** A delivery as routing made it. */
export type NewDelivery = {
  id: string
  /** `ownConnector`: it is written only where the person has a session or a token of this hub. */
  connector: string
  kind: DeliveryKind
  direction: Direction
  hint: Direction
  /** The queue it stands in, and the connector that is asked for the person's state, if any. */
  lane: string
  authority: string | null
  /** Absent: due at once. The process that holds an inline request works on it before then; this is for its death. */
  dueInSeconds?: number
  inline?: NewInline
  /** It was answered already, and stands in no queue. */
  settled?: {
    status: DeliveryStatus
    error: string | null
    code: DeliveryCode | null
    answer: Json
    attempt: NewAttempt | null
  }
}

/** What a delivery of an inline hook bears besides. */
export type NewInline = {
  asked: AskedAccess
  accesses: readonly string[]
  /** Seconds until the sender has given up. */
  deadlineInSeconds: number
  dedupeKey: string | null
}

/** A lane this worker holds: its key, and the epoch under which it was claimed. */
export type HeldLane = { key: string; epoch: number }

/** A lane this process may work on until its lease ends, with what waits in it. */
export type ClaimedLane = {
  key: string
  epoch: number
  connector: string
  authority: string | null
  person: ClaimedPerson | null
  /** The lease of another worker ran out on it, less than a lease ago: that worker may still be writing. */
  takenOver: boolean
  /** Claimed of a paused connector, to find out whether it works again. */
  probe: boolean
  /** Claimed for a denial: it holds a slot that is kept for these. */
  denial: boolean
  /** Claimed although the authority is paused, or does not answer: it must not be asked. */
  authorityPaused: boolean
  /** Locked out on a hook alone, and the authority has not been read since. */
  provisional: boolean
  deliveries: ClaimedDelivery[]
  owed: Change[]
  /** What the hub gave this person here, and what stands of it. */
  grants: LiveGrant[]
}

export type ClaimedDelivery = {
  id: string
  seq: number
  eventId: string
  kind: DeliveryKind
  hint: Direction
  status: DeliveryStatus
  attempts: number
  rechecks: number
  trigger: Trigger
  due: boolean
  ageSeconds: number
  event: {
    source: string
    type: string
    time: string
    receivedAt: string
    trusted: boolean
    /** Null: an older version journaled it. */
    traceId: string | null
    data: Json
  }
  /** Of an inline hook: what is asked for. */
  inline: ClaimedInline | null
}

export type ClaimedInline = {
  asked: AskedAccess
  accesses: string[]
  /** Its sender has given up. */
  late: boolean
  secondsLeft: number
  begun: boolean
  /** Seconds since it was begun; 0 when it was not. */
  begunSecondsAgo: number
  hadBefore: string[]
  grants: string[] | null
}

export type ClaimedPerson = {
  id: string
  source: string
  authorityId: string
  state: PersonState | null
  sightings: Sighting[]
  /** `Person.contested`, at the lane's connector. */
  contested?: boolean
  /** A run has seen all of this person's targets at the lane's connector as they should be, since they were denied. */
  verifiedBefore?: boolean
}

export type NewAttempt = {
  id: string
  deliveryId: string
  number: number
  trigger: Trigger
  startedAt: string
  durationMs: number
  outcome: AttemptOutcome
  error: string | null
  state: PersonState | null
  changes: ChangeRecord[]
  conflicts: Conflict[]
  /** What an inline kind answered, or would have. */
  answer?: Json
  /** The calls that a vendor refused or did not answer; null: none. */
  calls: string[] | null
  /** Where a fault of the connector's own code stands. */
  stack: string | null
}

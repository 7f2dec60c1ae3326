import type { HubDecision } from '../../core/audit.ts'
import type { Change, Direction, Hold, Sighting } from '../../core/change.ts'
import type { JsonObject } from '../../core/json.ts'
import type { DeliveryCode, DeliveryStatus } from '../../core/outcome.ts'
import type { Access, PersonState } from '../../core/person.ts'
import type { HeldLane, NewAttempt } from '../../core/queue.ts'
import type { Look } from '../../core/verification.ts'
import type { AccessSettlement } from '../access/settle-access.ts'
import type { HoldChange } from '../orders/holds.ts'

export type SettledDelivery = {
  id: string
  status: DeliveryStatus
  direction: Direction
  attempts: number
  rechecks: number
  /** Seconds until it falls due again; null: never by itself. */
  waitSeconds: number | null
  error: string | null
  code: DeliveryCode | null
  /** A judgment of the person's state, not of one event. */
  sync?: boolean
  /** Older deliveries that this one's run stands for. */
  collapsed: string[]
}

export type Settlement = {
  lane: HeldLane
  targets: readonly HeldLane[]
  connector: string
  person: { id: string; state: PersonState | null } | null
  sightings: readonly Sighting[]
  deliveries: readonly SettledDelivery[]
  attempts: readonly NewAttempt[]
  owedDone: readonly (Pick<Change, 'target' | 'action'> & { note: string | null })[]
  /** The authority says allow: what was owed to a denial is void. */
  owedDropped: boolean
  /** What became of the person's hold; absent: nothing. */
  hold?: HoldChange | null
  /** The run only observed: a hub that enforces must look again. Absent: the lane stays as it was marked. */
  observed?: boolean
  provisional?: ProvisionalMark | null
  /** What came of requests for access. */
  access?: AccessSettlement
  /** A grant or a handler's event went through: the connector has the right that such a one lacked. */
  hasRight?: boolean
  /** What the run saw of the person's targets, and when they are to be looked at again. */
  verified?: Verified | null
  /** What the run decided by the hub's own rules; it goes on record where it was not decided before. */
  decisions?: readonly Decision[]
}

export type Decision = {
  act: HubDecision
  /** The ids of the person, the delivery and the connector. */
  targets: readonly string[]
  facts: JsonObject
  /** What can be erased of it. */
  words: JsonObject
  /** What was stopped, and whose users were in conflict, sorted: by these it is known whether it stood stopped before. */
  hold?: Hold | undefined
  users?: readonly string[]
}

/** What a run saw of a person's targets at its connector. */
export type Verified = {
  /** What the authority said of the person in this run. */
  access: Access
  /** What it looked at. */
  looks: readonly Look[]
  /** All that it looked at is as it should be. */
  seen: boolean
  /** Targets that others had opened, and that it locked out anew. */
  reversed: readonly string[]
  /** Grants whose invitation was taken up. */
  takenUp: readonly string[]
}

/** How far a lane got without its authority; `over`: the authority was read. */
export type ProvisionalMark = { kind: 'over' } | { kind: 'tried'; denied: boolean; againSeconds: number | null }

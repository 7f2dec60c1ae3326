import type { JsonObject } from './json.ts'

/** `deny` locks out or revokes, `allow` lets in or grants, `neutral` does neither. */
export type Direction = 'deny' | 'allow' | 'neutral'

/**
 * One difference between what is and what should be, as JSON: it is journaled before it is written.
 * `owed` marks a change that cannot be read back (revoking sessions): it is remembered until the vendor said 2xx.
 */
export type Change = {
  direction: Direction
  /** The user that it changes, by the target system's own id. */
  target: string
  /** What is done, as the connector's `apply` knows it. */
  action: string
  /** One sentence for people. */
  summary: string
  before?: JsonObject
  after?: JsonObject
  owed?: boolean
  /** The target is already as it should be and is written once more to be sure. The brake does not count it. */
  renews?: boolean
  /** The user was locked for another person, and the connector's own setting makes it this one's: that goes on record. */
  adopts?: boolean
}

/** A place where the hub saw a person: dated, not unique, never a merge of two people. */
export type Sighting = {
  kind: 'email' | 'login' | 'link' | 'former_link' | 'adopted'
  value: string
  connector?: string
}

/** A target that was found but must not be touched, and why. Shown to the operator, alerted, never written. */
export type Conflict = { target: string; reason: string }

export type Plan = {
  changes: Change[]
  sightings?: Sighting[]
  conflicts?: Conflict[]
  /** Targets that a verification found and that may be another person's by now: an operator is told of each once. */
  doubtful?: Conflict[]
}

/** The direction of a whole plan: one deny among them makes it deny. */
export function findDirection(changes: readonly Change[]): Direction {
  if (changes.some((change) => change.direction === 'deny')) return 'deny'
  if (changes.some((change) => change.direction === 'allow')) return 'allow'
  return 'neutral'
}

/** A neutral change can do no harm and is never held. */
export type HeldDirection = Exclude<Direction, 'neutral'>

/** Why a person's change was stopped before anything was written. Only an operator ends a hold. */
export type Hold = {
  direction: HeldDirection
  why: 'brake' | 'protected'
  /** ISO time of the change of status that it is about, as far as the authority says. */
  statusChangedAt: string | null
}

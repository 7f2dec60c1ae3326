import type { Direction } from './change.ts'
import type { JsonObject } from './json.ts'
import type { Operator } from './operator.ts'

/** The acts that are planned for many things and then applied. */
export const batchActs = ['replay', 'recover', 'release', 'cancel', 'end_grant', 'protect', 'adopt', 'enforce'] as const

export type BatchAct = (typeof batchActs)[number]

/** What an act needs to know beside its rows, as it is frozen with them. `until`: ISO time at which a protection ends. */
export type BatchTerms = { until?: string }

/**
 * `planned`: its set is frozen, and its rows are being planned or were. `waiting`: somebody applied it, and it has not
 * begun. `expired`: nobody applied it in time.
 */
export const batchStates = ['planned', 'waiting', 'applying', 'paused', 'done', 'cancelled', 'expired'] as const

export type BatchState = (typeof batchStates)[number]

/**
 * What the act would do to a row. `superseded`: it is over, and the act leaves it as it is. `cannot_tell`: what it would do
 * cannot be planned, or could not be read.
 */
export const rowPlans = ['would_change', 'nothing', 'superseded', 'cannot_tell'] as const

export type RowPlan = (typeof rowPlans)[number]

/** Why a row is planned so, where the plan alone does not say it. */
export const rowCodes = [
  /** A handler of events does its work once more; it has no plan. */
  'handler',
  /** A revoke, whose plan is made when it is carried out. */
  'revoke',
  /** A question is asked again; its answer is sent to no one. */
  'question',
  /** The hub reads a person who works with it: nothing is compared. */
  'own_read',
  /** A late grant never happens. */
  'grant',
  'trial',
  'overtaken',
  'unknown_delivery',
  /** Nothing of the person is held any more. */
  'not_held',
  /** The grant is over, or its end is due. */
  'grant_over',
  /** They had it before the hub gave it: its end takes nothing away. */
  'had_before',
  /** Another grant, which is not in the set, gives the same. */
  'given_elsewhere',
  /** They are on the list already, until the same time. */
  'protected_already',
  /** The time until which they would be protected is over. */
  'time_over',
  /** No user is in conflict there any more. */
  'not_in_conflict',
  /** Observing has ended for them already. */
  'enforced_already',
  /** Observing does not end for some before others: the hub does not run with HUB_MODE=staged. */
  'not_staged',
  /** The set says of several people that the user is theirs. */
  'several_owners',
  /** A user that may be somebody else's is left as they are. */
  'conflict',
  'unknown_status',
  'unknown_person',
  'not_configured',
  'paused',
  'credential',
  'not_read',
] as const

export type RowCode = (typeof rowCodes)[number]

/**
 * What became of a row. `changed`: its plan is not the one that was applied; `stale`: its plan was older than an hour
 * when it was applied; `unread`: it could not be planned; these three come back for another plan. `left_alone`: there was
 * nothing to be done with it.
 */
export const rowResults = ['carried_out', 'changed', 'stale', 'unread', 'left_alone'] as const

export type RowResult = (typeof rowResults)[number]

/** A change that the act would make, with what is and what would be. */
export type PlannedChange = {
  connector: string
  target: string
  action: string
  direction: Direction
  summary: string
  before: JsonObject | null
  after: JsonObject | null
}

/** The plan of a row. The same hash is the same plan: what is read anew is compared by it. */
export type PlannedRow = { plan: RowPlan; code: RowCode | null; changes: PlannedChange[]; planHash: string }

/** Who acts, as a batch keeps it: the request in which they came is not theirs alone. */
export type BatchActor = Pick<Operator, 'by' | 'account' | 'role' | 'way'>

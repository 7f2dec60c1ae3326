import type { Change, Hold } from './change.ts'
import { CredentialError, errorMessage, MissingRightError, PermanentError, RetryAfterError } from './errors.ts'

/** `running` is never stored: it is a due delivery in a leased lane. */
export const deliveryStatuses = [
  'pending',
  'running',
  'succeeded',
  'failed',
  'superseded',
  'held',
  'contradicted',
  'no_match',
  'uncertain',
] as const

export type DeliveryStatus = (typeof deliveryStatuses)[number]

export type Trigger = 'scheduled' | 'manual'

/** Why a delivery was stopped before anything was written. Each has an alert of its own: `hub.alert.<code>`. */
export const heldCodes = ['brake', 'protected', 'conflict', 'unknown_person', 'unknown_status'] as const

export type HeldCode = (typeof heldCodes)[number]

/** What keeps a grant from being begun, the gravest first. */
export const hindrances = ['late', 'denied', 'leaving', 'revoked', 'waiting'] as const

export type Hindrance = (typeof hindrances)[number]

/**
 * Why a delivery stands where it stands, as `hub.delivery.code` keeps it: what programs decide by, while the error text
 * is for people only. A delivery without a code has its status and its error alone.
 */
export const deliveryCodes = [
  ...heldCodes,
  /** An operator ended it: a lockout, an unblock or a revoke is cancelled, what nobody waits for any more is dismissed. */
  'cancelled',
  'dismissed',
  ...hindrances,
  /** A grant was given up before the vendor was called. */
  'not_begun',
  /** A grant that was given up had not arrived at the vendor, or there is nothing of it to take away. */
  'not_landed',
  /** A grant that was given up had arrived, and a revoke of the hub's own takes it away. */
  'taken_away',
  /** The same request was done before, and its sender was told so. */
  'answered_again',
  /** A trial of the hook. */
  'trial',
  /** The hub only observes. */
  'observing',
  /** The connector's allow-list does not have what is asked for. */
  'unmapped',
  /** The subject may have nothing: unknown to the authority, or locked out. */
  'refused',
  /** The intake fields of a question do not fit. */
  'wrong_fields',
  /** A question without a clear answer. */
  'no_answer',
  /** The end of a grant: it was over already, another grant gives the same access, or the person had it before. */
  'already_over',
  'given_elsewhere',
  'had_before',
] as const

export type DeliveryCode = (typeof deliveryCodes)[number]

/** How one attempt ended: with the delivery's new status, or with another attempt to come. */
export type Outcome =
  | { kind: 'succeeded' }
  /** `partly`: the vital part was written, and the vendor refused the rest. */
  | { kind: 'retry'; error: string; retryAfterSeconds?: number; partly?: true }
  /** `final`: it is over for deny work too, because there is nothing that could be done. */
  | { kind: 'permanent'; error: string; final?: true; code?: DeliveryCode }
  | { kind: 'credential'; error: string; connector: string }
  | { kind: 'missing_right'; error: string }
  /** Nothing was tried: something else has to come first. Absent: it comes back in a second. */
  | { kind: 'busy'; error: string; waitSeconds?: number }
  | HeldOutcome
  | { kind: 'too_early'; error: string; rechecks: number }
  /** The authority never showed what was announced: its word was taken in the end, and a human is told. */
  | { kind: 'contradicted'; error: string; rechecks: number }
  | { kind: 'no_match' }
  /** Observe mode: planned and recorded, nothing written. */
  | { kind: 'observed' }
  /** Observe mode: owed, and carried out when the hub enforces. */
  | { kind: 'observing'; error: string; code: 'observing' }
  /** Ended without effect: by an operator's word, or because what was asked for is not wanted any more. */
  | { kind: 'superseded'; error: string; code: DeliveryCode }
  /** A grant that may have landed at the vendor, or may yet; `final`: nothing here can find out. */
  | { kind: 'uncertain'; error: string; final?: boolean; retryAfterSeconds?: number }
  /** The authority is paused and was not asked. */
  | { kind: 'paused'; error: string }

/** Stopped before anything was written. `about` and `occasion` say of what the alert is told once, where that is not the lane. */
export type HeldOutcome = {
  kind: 'held'
  error: string
  code: HeldCode
  about?: string
  occasion?: string
  hold?: Hold
}

export type OutcomeKind = Outcome['kind']

/** What stands in `hub.attempt.outcome`. A run that met another one at its target tried nothing and leaves no attempt. */
export const attemptOutcomes = [
  'succeeded',
  'retry',
  'permanent',
  'credential',
  'missing_right',
  'held',
  'too_early',
  'contradicted',
  'no_match',
  'observed',
  'observing',
  'superseded',
  'uncertain',
  'paused',
] as const satisfies readonly Exclude<OutcomeKind, 'busy'>[]

export type AttemptOutcome = (typeof attemptOutcomes)[number]

/** The error text and the code that a delivery keeps of an outcome; null: it has none. */
export function wordsOf(outcome: Outcome): { error: string | null; code: DeliveryCode | null } {
  return {
    error: 'error' in outcome ? outcome.error : null,
    code: 'code' in outcome ? (outcome.code ?? null) : null,
  }
}

/** One change as it was tried; `observed`: as it would have been. */
export type ChangeRecord = Change & {
  result: 'done' | 'failed' | 'observed'
  error?: string
  note?: string
  durationMs: number
}

/** Turns anything thrown into an outcome. A plain error counts as temporary and is retried. */
export function classify(thrown: unknown, connector: string): Outcome {
  const error = errorMessage(thrown)
  if (thrown instanceof CredentialError) return { kind: 'credential', error, connector: thrown.connector ?? connector }
  if (thrown instanceof MissingRightError) return { kind: 'missing_right', error }
  if (thrown instanceof RetryAfterError) return { kind: 'retry', error, retryAfterSeconds: thrown.retryAfterSeconds }
  if (thrown instanceof PermanentError || isSchemaError(thrown)) return { kind: 'permanent', error }
  return { kind: 'retry', error }
}

/** `pauses`: the credential itself was refused, so that nothing else will go through either. */
export type RefusedRight = { connector: string; error: string; pauses: boolean }

/** Finds out whether an error says that the hub's credential, or a right of it, is missing. */
export function findRefusedRight(thrown: unknown, connector: string): RefusedRight | null {
  if (thrown instanceof CredentialError) {
    return { connector: thrown.connector ?? connector, error: errorMessage(thrown), pauses: true }
  }
  if (thrown instanceof MissingRightError) return { connector, error: errorMessage(thrown), pauses: false }
  return null
}

/** Data that does not fit its schema will not fit the next time either. */
function isSchemaError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'ZodError'
}

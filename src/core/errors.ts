import type { HttpAnswer } from './http-client.ts'
import { redactText } from './redact.ts'

/**
 * The ways a handler can end other than by returning. `PermanentError` and `RetryAfterError` are the author's;
 * `CredentialError` and `MissingRightError` say that the fault is in the hub's set-up, so that no delivery is used up.
 * Anything else thrown is a temporary error, and the schedule retries it.
 */

/** Trying again will not help: the request itself is wrong. Ends a grant; deny work goes on all the same. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
  // Private, so that a log that writes all fields of an error does not write the vendor's answer.
  readonly #answer: HttpAnswer | undefined

  constructor(message?: string, { answer, ...options }: ErrorOptions & { answer?: HttpAnswer } = {}) {
    super(message, options)
    this.#answer = answer
  }

  /** What a call over `http` was refused with: a reason may stand in its body. */
  get answer(): HttpAnswer | undefined {
    return this.#answer
  }
}

/** Answers to intake questions that do not fit their schema; the message names the fields and holds no value. */
export class WrongFieldsError extends PermanentError {
  override readonly name = 'WrongFieldsError'
}

/** The address is internal, and neither a setting of the connector nor HUB_OUTBOUND_ALLOW allows it. */
export class AddressRefusedError extends PermanentError {
  override readonly name = 'AddressRefusedError'
}

/** The vendor said when to come back. Waits are capped at five minutes by the schedule. */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError'
  readonly retryAfterSeconds: number

  constructor(message: string, { retryAfterSeconds, cause }: { retryAfterSeconds: number; cause?: unknown }) {
    super(message, { cause })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The wait that a vendor asked for, as an outcome has it; empty when it did not. */
export function waitAsked(thrown: unknown): { retryAfterSeconds?: number } {
  return thrown instanceof RetryAfterError ? { retryAfterSeconds: thrown.retryAfterSeconds } : {}
}

/**
 * The vendor's rate limit is used up (429): it works, and answers somebody else or would have answered before. No outage
 * follows from that. Without a time to come back, `retryAfterSeconds` is 0 and the schedule decides.
 */
export class RateLimitError extends RetryAfterError {}

/** The hub's own credential was refused (401, `invalid_client`, no right to read or write users): pauses the connector. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError'
  /** The connector whose credential it is: a plan may have asked the authority too. The engine fills it in. */
  connector?: string
}

/** One right is missing (revoking sessions, say): that change stays owed and is alerted, the rest goes on. */
export class MissingRightError extends Error {
  override readonly name: string = 'MissingRightError'
}

/**
 * The vendor refused one call with this credential: a 403 on one person, user, organization, scope or route. It is a
 * missing right of that one alone, until the connector's `probe`, a neutral read with the same credential, is refused
 * too: only then does the host make a `CredentialError` of it, and the connector pauses.
 */
export class ObjectRefusedError extends MissingRightError {
  override readonly name = 'ObjectRefusedError'
  /** True once the credential was found to be good: a plan may have asked the authority, whose host judged it. */
  isJudged = false
}

/**
 * The vendor refused a write because something else was at the same object (409, 412, 423, 425). It does not prove that
 * nothing was written: a grant is read back before its sender is told anything, and anything else is tried again.
 */
export class CollisionError extends Error {
  override readonly name = 'CollisionError'
  readonly #answer: HttpAnswer | undefined

  constructor(message?: string, { answer, ...options }: ErrorOptions & { answer?: HttpAnswer } = {}) {
    super(message, options)
    this.#answer = answer
  }

  get answer(): HttpAnswer | undefined {
    return this.#answer
  }
}

/** Statuses of a write that collided with something else at the vendor. */
export function isCollision(status: number): boolean {
  return status === 409 || status === 412 || status === 423 || status === 425
}

/** The answer did not come within the outbound limit. The call may have landed all the same. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** The lane's lease was lost during the run: another worker owns the lane now, and we must not settle anything. */
export class FencedOutError extends Error {
  override readonly name = 'FencedOutError'
}

/** What is wrong with a connector's own code: an answer of another shape than its member's, or no end within the limit. */
export class HandlerFaultError extends Error {
  override readonly name = 'HandlerFaultError'
}

/**
 * True for what only a connector's own code is to blame for: a mistake that the language reports, a thrown value that is
 * no error, and what the host found. A call of `fetch` that failed is a TypeError, and no fault.
 */
export function isHandlerFault(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || thrown instanceof HandlerFaultError) return true
  if (!(thrown instanceof TypeError || thrown instanceof ReferenceError || thrown instanceof RangeError)) return false
  return thrown.cause === undefined || !saysOf(thrown, /^(fetch failed|terminated)\b/)
}

/** Bad input from an operator or a sender, with its way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly why: string
  readonly fix: string
  /** By which a program tells it from others; null: no program has to. */
  readonly code: string | null

  constructor({ what, why, fix, code = null }: { what: string; why: string; fix: string; code?: string | null }) {
    super(what)
    this.why = why
    this.fix = fix
    this.code = code
  }
}

/**
 * The words of a thrown value, with those of its first cause, where fetch and got hide the real reason. Everything that
 * becomes text of an error goes through here or through `ownWords`: a vendor, or a proxy before it, may have repeated
 * the request's headers in its answer. A test finds other uses of `message`.
 */
export function errorMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return redactText(String(thrown))
  const cause = thrown.cause instanceof Error ? thrown.cause.message : ''
  return redactText(
    cause && !thrown.message.includes(cause) ? `${thrown.message}: ${cause}` : thrown.message || thrown.name,
  )
}

/** The words of an error itself, without those of its cause. */
export function ownWords(error: Error): string {
  return redactText(error.message)
}

/** True when an error, or its first cause, says something by its words or its code. Nothing of it becomes text. */
export function saysOf(thrown: unknown, words: RegExp): boolean {
  return [thrown, thrown instanceof Error ? thrown.cause : undefined].some(
    (one) => one instanceof Error && words.test(`${one.message} ${'code' in one ? one.code : ''}`),
  )
}

/** A stack is kept with the attempt, and so is no longer than what helps. */
const longestStack = 4000

/** Where a fault stands; of a thrown value that is no error, the value. */
export function stackOf(thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return redactText(stack.slice(0, longestStack))
}

/** An error as data, with its causes, for a log. */
export function describeError(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? { cause: describeError(error.cause) } : {}
  const code = 'code' in error ? { code: String(error.code) } : {}
  const stack = error.stack === undefined ? {} : { stack: redactText(error.stack) }
  return { type: error.name, message: ownWords(error), ...code, ...stack, ...cause }
}

import type { HttpAnswer } from './http-client.ts'

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

/** The hub's own credential was refused (401, `invalid_client`, no right to read or write users): pauses the connector. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError'
  /** The connector whose credential it is: a plan may have asked the authority too. The engine fills it in. */
  connector?: string
}

/** One right is missing (revoking sessions, say): that change stays owed and is alerted, the rest goes on. */
export class MissingRightError extends Error {
  override readonly name = 'MissingRightError'
}

/** The answer did not come within the outbound limit. The call may have landed all the same. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** The lane's lease was lost during the run: another worker owns the lane now, and we must not settle anything. */
export class FencedOutError extends Error {
  override readonly name = 'FencedOutError'
}

/** Bad input from an operator or a sender, with its way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly why: string
  readonly fix: string

  constructor({ what, why, fix }: { what: string; why: string; fix: string }) {
    super(what)
    this.why = why
    this.fix = fix
  }
}

/** The message of a thrown value, with that of its first cause, where fetch and got hide the real reason. */
export function errorMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const cause = thrown.cause instanceof Error ? thrown.cause.message : ''
  return cause && !thrown.message.includes(cause) ? `${thrown.message}: ${cause}` : thrown.message || thrown.name
}

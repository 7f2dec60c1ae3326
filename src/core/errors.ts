import type { HttpAnswer } from './http-client.ts'

/**
 * The ways a handler can end other than by returning. `PermanentError` and `RetryAfterError` are the author's;
 * `CredentialError` and `MissingRightError` say that the fault is in how the hub is set up, so that
 * no delivery is used up. Anything else thrown is weather and is retried by the schedule.
 */

/** Trying again will not help: the request itself is wrong. Ends a grant; deny work goes on all the same. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
  // Private, so that no log that writes out an error's fields writes somebody's answer.
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

/** Answers to intake questions that do not fit their schema; the message names the fields, and no value. */
export class WrongFieldsError extends PermanentError {
  override readonly name = 'WrongFieldsError'
}

/** The address lies inside, and nobody said that it may be called. */
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
  /** Whose credential: a plan may have asked the authority too. Filled in by the pipeline. */
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

/** The lane's lease was lost while we worked: somebody else owns it now, and nothing of ours may be settled. */
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

/** The words of anything thrown, with its first cause: fetch and got hide the real reason there. */
export function errorMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const cause = thrown.cause instanceof Error ? thrown.cause.message : ''
  return cause && !thrown.message.includes(cause) ? `${thrown.message}: ${cause}` : thrown.message || thrown.name
}

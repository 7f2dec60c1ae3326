export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One call, made ready: the query stands in its address, and the names of its headers are in lower case. */
export type Call = { method: Method; url: string; headers: Readonly<Record<string, string>>; body?: string }

/** `mostBytes`: the limit of the answer's body, after decompression. */
export type SendLimits = { signal: AbortSignal; mostBytes: number }

/** The names of its headers are in lower case. */
export type Received = { status: number; headers: Record<string, string>; text: string }

/**
 * Sends one call once, follows no redirect, and reads its answer whole, whatever the status. What an answer means is
 * judged by its caller, so that every sender gives it the same meaning.
 * @throws AddressRefusedError when the guard of the connection refuses its address
 * @throws SendError when no whole answer came
 */
export type Send = (call: Call, limits: SendLimits) => Promise<Received>

/** The code of an answer that was cut off at `mostBytes`. */
export const tooLong = 'ERR_ANSWER_TOO_LONG'

/** The code of an answer that is none of HTTP. */
export const noHttp = 'ERR_NO_HTTP'

/** No whole answer came. The code is Node's, whichever sender it was: `ECONNRESET` for a cut connection. */
export class SendError extends Error {
  override readonly name = 'SendError'
  readonly code: string

  constructor(code: string, options?: ErrorOptions) {
    super(code, options)
    this.code = code
  }
}

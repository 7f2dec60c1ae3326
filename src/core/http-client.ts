import type { Json } from './json.ts'

export type HttpOptions = { headers?: Record<string, string>; query?: Record<string, string> }

export type HttpAnswer = { status: number; headers: Record<string, string>; body: Json }

/**
 * The guarded client that handlers get: a time limit, a size limit (1 MiB), an `Idempotency-Key`, no redirects, and no
 * call to an internal address that the connector's own settings do not name. A `get` on a cut connection is sent twice
 * more. 2xx returns; 429 throws `RateLimitError`, and 503 with a reset time `RetryAfterError`; 401 throws `CredentialError`; 409, 412, 423
 * and 425 to a write throw `CollisionError`, and other 4xx but 408 and 429 `PermanentError`, both with the answer;
 * everything else throws a temporary error.
 */
export type HttpClient = {
  get(url: string, options?: HttpOptions): Promise<HttpAnswer>
  post(url: string, body?: unknown, options?: HttpOptions): Promise<HttpAnswer>
  put(url: string, body?: unknown, options?: HttpOptions): Promise<HttpAnswer>
  patch(url: string, body?: unknown, options?: HttpOptions): Promise<HttpAnswer>
  delete(url: string, options?: HttpOptions): Promise<HttpAnswer>
}

/** Retries inside one attempt, for idempotent reads on a cut connection: twice, within a second. */
export type Retry = <T>(read: () => Promise<T>) => Promise<T>

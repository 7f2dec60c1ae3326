import got, { type Method, RequestError, type Response } from 'got'
import type { Clock } from '../core/clock.ts'
import { CredentialError, PermanentError, RetryAfterError, TimeoutError } from '../core/errors.ts'
import type { HttpAnswer, HttpClient, HttpOptions } from '../core/http-client.ts'
import type { Json } from '../core/json.ts'

export type HttpRun = { signal: AbortSignal; idempotencyKey: string }

export type HttpParts = { timeoutSeconds: number; clock: Clock }

/** Makes the client that one run's handlers get, on got: no redirects, a time limit, and one meaning for every status. */
export function httpClients(parts: HttpParts): (run: HttpRun) => HttpClient {
  return (run) => {
    const withBody = (method: Method) => (url: string, body?: unknown, options?: HttpOptions) =>
      call({ method, url, body, ...options }, { ...parts, ...run })
    const without = (method: Method) => (url: string, options?: HttpOptions) =>
      call({ method, url, ...options }, { ...parts, ...run })
    return {
      get: without('GET'),
      post: withBody('POST'),
      put: withBody('PUT'),
      patch: withBody('PATCH'),
      delete: without('DELETE'),
    }
  }
}

type Call = HttpOptions & { method: Method; url: string; body?: unknown }

async function call({ method, url, body, headers, query }: Call, parts: HttpParts & HttpRun): Promise<HttpAnswer> {
  const { clock, timeoutSeconds, signal, idempotencyKey } = parts
  try {
    const answer = await got(url, {
      method,
      signal,
      headers: { 'idempotency-key': idempotencyKey, ...headers },
      retry: { limit: 0 },
      timeout: { request: timeoutSeconds * 1000 },
      followRedirect: false,
      throwHttpErrors: false,
      ...(query ? { searchParams: query } : {}),
      ...(body === undefined ? {} : { json: body }),
    })
    return accepted(answer as Response<string>, { method, clock })
  } catch (thrown) {
    if (!(thrown instanceof RequestError)) throw thrown
    if (thrown.code === 'ETIMEDOUT')
      throw new TimeoutError(`No answer within ${timeoutSeconds} s from ${new URL(url).origin}`, { cause: thrown })
    throw new Error(`${method} ${new URL(url).origin} failed: ${thrown.code}`, { cause: thrown })
  }
}

function accepted(answer: Response<string>, { method, clock }: { method: Method; clock: Clock }): HttpAnswer {
  const { statusCode: status } = answer
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
  const what = `${method} ${new URL(answer.url).origin} answered ${status}`
  if (status >= 200 && status < 300) return { status, headers, body: bodyOf(answer.body) }
  const retryAfterSeconds = secondsToWait(headers, clock)
  if ((status === 429 || status === 503) && retryAfterSeconds !== null)
    throw new RetryAfterError(what, { retryAfterSeconds })
  if (status === 401) throw new CredentialError(what)
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    throw new PermanentError(what, { answer: { status, headers, body: bodyOf(answer.body) } })
  }
  throw new Error(what)
}

/** `Retry-After` in both its forms (RFC 9110, section 10.2.3). */
function secondsToWait(headers: Record<string, string>, clock: Clock): number | null {
  const value = headers['retry-after']
  if (value === undefined) return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(seconds, 0)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max((date - clock.now().getTime()) / 1000, 0)
}

function bodyOf(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

import got, { type Method, RequestError, type Response } from 'got'
import type { Clock } from '../core/clock.ts'
import {
  AddressRefusedError,
  CollisionError,
  CredentialError,
  isCollision,
  PermanentError,
  RateLimitError,
  RetryAfterError,
  TimeoutError,
} from '../core/errors.ts'
import type { HttpAnswer, HttpClient, HttpOptions } from '../core/http-client.ts'
import type { Json } from '../core/json.ts'
import { retryAfterSeconds, waitSeconds } from '../core/rate-limit.ts'
import { excerptAnswer } from '../core/vendor-call.ts'
import { borrowCredentials } from './borrow-credentials.ts'
import type { CallLimits, OutboundGuard } from './guard.ts'
import { makeNoteFailure, traceHeaders } from './in-scope.ts'
import { retryRead } from './retry.ts'

export type HttpRun = { signal: AbortSignal; idempotencyKey: string }

type Limits = CallLimits & { clock: Clock }

/** The limit of an answer's size, after decompression. */
const mostBytes = 1024 * 1024

/** Makes the client that one run's handlers get, on got: no redirects, a time limit, and one meaning for every status. */
export function makeHttpClient(limits: Limits): (run: HttpRun) => HttpClient {
  return (run) => {
    const withBody = (method: Method) => (url: string, body?: unknown, options?: HttpOptions) =>
      call({ method, url, body, ...options }, { ...limits, ...run })
    const without = (method: Method) => (url: string, options?: HttpOptions) =>
      call({ method, url, ...options }, { ...limits, ...run })
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

async function call(
  call: Call,
  { timeoutSeconds, clock, guardOf, pulse, budget, scope, hidden, ...run }: Limits & HttpRun,
): Promise<HttpAnswer> {
  const { method, url } = call
  const origin = readOrigin(url)
  const guard = guardOf?.(origin)
  guard?.assertOpen(url)
  // One limit for all tries together, because a lease must outlast them.
  const limit = AbortSignal.timeout(timeoutSeconds * 1000)
  const tooMuch = new AbortController()
  const noteFailure = makeNoteFailure({ method, url, scope, hidden })
  const headers = { ...traceHeaders(scope), ...call.headers }
  const once = () => {
    if (scope?.facts()?.background) budget?.spend()
    return send({ ...call, headers }, { ...run, guard, tooMuch, limit })
  }
  try {
    const answer = await (method === 'GET' ? retryRead(once) : once())
    pulse?.answered(answer.url, toTexts(answer))
    budget?.note(new Headers(toTexts(answer)))
    if (!answer.ok) noteFailure(`answered ${answer.statusCode}`).said = excerptAnswer(answer.body)
    return judgeAnswer(answer, { method, clock })
  } catch (thrown) {
    if (tooMuch.signal.aborted) throw new Error(`${method} ${origin} answered with more than 1 MiB, and was cut off`)
    if (!(thrown instanceof RequestError)) throw thrown
    if (thrown.cause instanceof AddressRefusedError) throw thrown.cause
    if (limit.aborted) {
      pulse?.timedOut()
      noteFailure(`got no answer within ${timeoutSeconds} s`)
      throw new TimeoutError(`No answer within ${timeoutSeconds} s from ${origin}`, { cause: thrown })
    }
    noteFailure(`failed: ${thrown.code}`)
    throw new Error(`${method} ${origin} failed: ${thrown.code}`, { cause: thrown })
  }
}

type Sending = HttpRun & { guard: OutboundGuard | undefined; tooMuch: AbortController; limit: AbortSignal }

async function send(
  { method, url, body, headers, query }: Call,
  { signal, idempotencyKey, guard, tooMuch, limit }: Sending,
): Promise<Response<string>> {
  borrowCredentials(Object.entries(headers ?? {}))
  const answer = got(url, {
    method,
    signal: AbortSignal.any([signal, limit, tooMuch.signal]),
    headers: { 'idempotency-key': idempotencyKey, ...headers },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    ...(guard ? { agent: guard.agents } : {}),
    ...(query ? { searchParams: query } : {}),
    ...(body === undefined ? {} : { json: body }),
  })
  answer.on('downloadProgress', ({ transferred }) => {
    if (transferred > mostBytes) tooMuch.abort()
  })
  return (await answer) as Response<string>
}

/** The origin of an address: its path and query may hold an id or a secret. */
function readOrigin(url: string): string {
  if (URL.canParse(url)) return new URL(url).origin
  throw new PermanentError('The address to call is not a URL. It begins with https://.')
}

/** Returns a 2xx; throws what every other status means to the hub. */
function judgeAnswer(answer: Response<string>, { method, clock }: { method: Method; clock: Clock }): HttpAnswer {
  const { statusCode: status } = answer
  const headers = toTexts(answer)
  const what = `${method} ${new URL(answer.url).origin} answered ${status}`
  if (status >= 200 && status < 300) return { status, headers, body: parseBody(answer.body) }
  if (status === 429) throw new RateLimitError(what, { retryAfterSeconds: waitSeconds(headers, clock.now()) ?? 0 })
  const seconds = status === 503 ? retryAfterSeconds(headers, clock.now()) : null
  if (seconds !== null) throw new RetryAfterError(what, { retryAfterSeconds: seconds })
  if (status === 401) throw new CredentialError(what)
  if (method !== 'GET' && isCollision(status)) {
    throw new CollisionError(what, { answer: { status, headers, body: parseBody(answer.body) } })
  }
  if (status >= 400 && status < 500 && status !== 408) {
    throw new PermanentError(what, { answer: { status, headers, body: parseBody(answer.body) } })
  }
  throw new Error(what)
}

function toTexts({ headers }: Response<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function parseBody(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

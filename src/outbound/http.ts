import type { Clock } from '../core/clock.ts'
import {
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
import { makeCallLimit } from './call-limit.ts'
import type { CallLimits } from './guard.ts'
import { countCall, makeNoteFailure, traceHeaders } from './in-scope.ts'
import { retryRead } from './retry.ts'
import { type Call, type Method, type Received, type Send, SendError, tooLong } from './send.ts'
import { makeSendByFetch } from './send-by-fetch.ts'

export type HttpRun = { signal: AbortSignal; idempotencyKey: string }

/** `send`: how calls are sent that are not guarded; a guard has its own. Left out: by `fetch`. */
type Limits = CallLimits & { clock: Clock; send?: Send }

/** The limit of an answer's size, after decompression. */
const mostBytes = 1024 * 1024

/** Makes the client that one run's handlers get: no redirects, a time limit, and one meaning for every status. */
export function makeHttpClient(given: Limits): (run: HttpRun) => HttpClient {
  const limits = { send: makeSendByFetch(), ...given }
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

type Calling = Limits & HttpRun & { send: Send }

type Asked = HttpOptions & { method: Method; url: string; body?: unknown }

async function call(
  asked: Asked,
  { timeoutSeconds, clock, send, guardOf, pulse, budget, scope, hidden, signal, idempotencyKey }: Calling,
): Promise<HttpAnswer> {
  const ready = prepareCall(asked, { ...traceHeaders(scope), 'idempotency-key': idempotencyKey })
  const { method, url } = ready
  const { origin } = new URL(url)
  const guard = guardOf?.(origin)
  guard?.assertOpen(url)
  // One limit for all tries together, because a lease must outlast them.
  const limit = makeCallLimit(timeoutSeconds, signal)
  const ends = { signal: limit.signal, mostBytes }
  const noteFailure = makeNoteFailure({ method, url, scope, hidden })
  const once = () => {
    countCall(budget, scope)
    borrowCredentials(Object.entries(ready.headers))
    return (guard?.send ?? send)(ready, ends)
  }
  try {
    const answer = await (method === 'GET' ? retryRead(once) : once())
    pulse?.answered(url, answer.headers)
    budget?.note({ url, status: answer.status, headers: answer.headers })
    if (!isOk(answer)) noteFailure(`answered ${answer.status}`).said = excerptAnswer(answer.text)
    return judgeAnswer(answer, { method, origin, clock })
  } catch (thrown) {
    if (!(thrown instanceof SendError)) throw thrown
    if (thrown.code === tooLong) throw new Error(`${method} ${origin} answered with more than 1 MiB, and was cut off`)
    if (limit.isOver()) {
      pulse?.timedOut()
      noteFailure(`got no answer within ${timeoutSeconds} s`)
      throw new TimeoutError(`No answer within ${timeoutSeconds} s from ${origin}`)
    }
    noteFailure(`failed: ${thrown.code}`)
    throw new Error(`${method} ${origin} failed: ${thrown.code}`, { cause: thrown })
  } finally {
    limit.end()
  }
}

/** Makes one call of what a handler asked for, the same for every sender. */
function prepareCall({ method, url, query, headers, body }: Asked, added: Record<string, string>): Call {
  const target = URL.canParse(url) ? new URL(url) : null
  // `fetch` reads `data:` and `blob:` too.
  if (!target || !/^https?:$/.test(target.protocol)) {
    throw new PermanentError('The address to call is not a URL. It begins with https://.')
  }
  if (query) target.search = new URLSearchParams(query).toString()
  return {
    method,
    headers: {
      // Some vendors refuse a call without one.
      'user-agent': 'bellhop',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...takeUserInfo(target),
      ...added,
      ...toLowerCase(headers),
    },
    url: target.href,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
}

/** Takes user and password out of an address, which `fetch` refuses there, and sends them as the header that they mean. */
function takeUserInfo(target: URL): Record<string, string> {
  const { username, password } = target
  if (!username && !password) return {}
  target.username = ''
  target.password = ''
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` }
}

function toLowerCase(headers: HttpOptions['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function isOk({ status }: Received): boolean {
  return status >= 200 && status < 300
}

type Judging = { method: Method; origin: string; clock: Clock }

/** Returns a 2xx; throws what every other status means to the hub. */
function judgeAnswer(received: Received, { method, origin, clock }: Judging): HttpAnswer {
  const { status, headers, text } = received
  const what = `${method} ${origin} answered ${status}`
  if (isOk(received)) return { status, headers, body: parseBody(text) }
  if (status === 429) throw new RateLimitError(what, { retryAfterSeconds: waitSeconds(headers, clock.now()) ?? 0 })
  const seconds = status === 503 ? retryAfterSeconds(headers, clock.now()) : null
  if (seconds !== null) throw new RetryAfterError(what, { retryAfterSeconds: seconds })
  if (status === 401) throw new CredentialError(what)
  if (method !== 'GET' && isCollision(status)) {
    throw new CollisionError(what, { answer: { status, headers, body: parseBody(text) } })
  }
  if (status >= 400 && status < 500 && status !== 408) {
    throw new PermanentError(what, { answer: { status, headers, body: parseBody(text) } })
  }
  throw new Error(what)
}

function parseBody(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

import { AddressRefusedError, TimeoutError } from '../core/errors.ts'
import { excerptAnswer } from '../core/vendor-call.ts'
import type { VendorCall } from '../core/work-scope.ts'
import { borrowCredentials } from './borrow-credentials.ts'
import { type CallLimit, makeCallLimit } from './call-limit.ts'
import type { CallLimits } from './guard.ts'
import { countCall, makeNoteFailure, traceHeaders } from './in-scope.ts'

/** The limit of an answer's size, unpacked: a page of 200 people is about 1 MiB, the largest pages stay below 3. */
const mostBytes = 10 * 1024 * 1024

/**
 * Makes a guarded `fetch` whose calls, with the reading of the answer's body, do not outlast the outbound limit, and
 * whose answers are cut off above 10 MiB. Both are temporary errors.
 */
export function makeLimitedFetch({
  timeoutSeconds,
  guardOf,
  via,
  pulse,
  budget,
  scope,
  hidden,
}: CallLimits): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    const { origin } = new URL(url)
    const guard = guardOf?.(origin)
    guard?.assertOpen(url)
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
    borrowCredentials(headers)
    for (const [name, value] of Object.entries(traceHeaders(scope))) headers.set(name, value)
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    const noteFailure = makeNoteFailure({ method, url, scope, hidden })
    countCall(budget, scope)
    const limit = makeCallLimit(timeoutSeconds, init?.signal)
    const { signal } = limit
    try {
      const answer = await (guard?.fetch ?? via ?? fetch)(input, { ...init, headers, signal, redirect: 'manual' })
      pulse?.answered(url, answer.headers)
      budget?.note({ url, status: answer.status, headers: answer.headers })
      if (redirects.has(answer.status)) {
        noteFailure(`answered ${answer.status}`)
        throw await refuseRedirect(answer, origin)
      }
      const refused = answer.ok ? null : noteFailure(`answered ${answer.status}`)
      if (isBounded(answer)) return endWhenRead(answer, limit)
      return boundBody(answer, { origin, refused, limit })
    } catch (thrown) {
      limit.end()
      if (thrown instanceof Error && thrown.cause instanceof AddressRefusedError) throw thrown.cause
      if (!limit.isOver()) {
        if (!signal.aborted) noteFailure('failed before it was answered')
        throw thrown
      }
      pulse?.timedOut()
      noteFailure(`got no answer within ${timeoutSeconds} s`)
      // The origin alone: path and query may carry an id or a secret.
      throw new TimeoutError(`No answer within ${timeoutSeconds} s from ${origin}`, { cause: thrown })
    }
  }
}

/** The statuses that `redirect: 'error'` refuses, which workerd does not have. */
const redirects = new Set([301, 302, 303, 307, 308])

async function refuseRedirect(answer: Response, origin: string): Promise<Error> {
  await answer.body?.cancel()
  return new Error(`${origin} answered ${answer.status}, a redirect, which is not followed`)
}

/**
 * True when an answer that nothing is noted of cannot become larger than the limit: the parsers of HTTP end a body at
 * the length that was announced, and what is not packed has that length. A server that sends less fails the reading.
 */
function isBounded({ ok, headers }: Response): boolean {
  const length = headers.get('content-length')
  return (
    ok && length !== null && /^\d+$/.test(length) && Number(length) <= mostBytes && !headers.has('content-encoding')
  )
}

const ways = ['text', 'json', 'arrayBuffer', 'bytes', 'blob'] as const

/** Ends the limit when the answer was read whole. Who reads its stream keeps the limit until its time is over. */
function endWhenRead(answer: Response, limit: CallLimit): Response {
  if (answer.body === null) {
    limit.end()
    return answer
  }
  for (const way of ways) {
    const read: () => Promise<unknown> = answer[way].bind(answer)
    Object.defineProperty(answer, way, { value: () => read().finally(limit.end) })
  }
  return answer
}

type Bounds = { origin: string; refused: VendorCall | null; limit: CallLimit }

/** The same answer, with a body that fails, and ends the call, as soon as more than the limit came of it. Of a refusal, the call notes the beginning. */
function boundBody(answer: Response, { origin, refused, limit }: Bounds): Response {
  if (answer.body === null) {
    limit.end()
    return answer
  }
  let bytes = 0
  const counted = answer.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        if (refused && bytes === 0) refused.said = excerptAnswer(new TextDecoder().decode(chunk))
        bytes += chunk.byteLength
        if (bytes <= mostBytes) return controller.enqueue(chunk)
        limit.end()
        controller.error(new Error(`${origin} answered with more than 10 MiB, and was cut off`))
      },
      flush: limit.end,
    }),
  )
  const { status, statusText, headers, url, redirected } = answer
  return Object.defineProperties(new Response(counted, { status, statusText, headers }), {
    url: { value: url },
    redirected: { value: redirected },
  })
}

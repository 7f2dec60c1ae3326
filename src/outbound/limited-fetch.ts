import { AddressRefusedError, TimeoutError } from '../core/errors.ts'
import { borrowCredentials } from './borrow-credentials.ts'
import type { CallLimits } from './guard.ts'

/** The limit of an answer's size, unpacked: a page of 200 people is about 1 MiB, the largest pages stay below 3. */
const mostBytes = 10 * 1024 * 1024

/**
 * Makes a guarded `fetch` whose calls, with the reading of the answer's body, do not outlast the outbound limit, and
 * whose answers are cut off above 10 MiB. Both are temporary errors.
 */
export function makeLimitedFetch({ timeoutSeconds, guardOf, pulse }: CallLimits): typeof fetch {
  return async (input, init) => {
    const limit = AbortSignal.timeout(timeoutSeconds * 1000)
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit
    const url = input instanceof Request ? input.url : String(input)
    const { origin } = new URL(url)
    const guard = guardOf?.(origin)
    guard?.assertOpen(url)
    borrowCredentials(new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined)))
    try {
      const answer = await (guard?.fetch ?? fetch)(input, { ...init, signal, redirect: 'error' })
      pulse?.answered(url, answer.headers)
      return boundBody(answer, origin)
    } catch (thrown) {
      if (thrown instanceof Error && thrown.cause instanceof AddressRefusedError) throw thrown.cause
      if (!limit.aborted) throw thrown
      pulse?.timedOut()
      // The origin alone: path and query may carry an id or a secret.
      throw new TimeoutError(`No answer within ${timeoutSeconds} s from ${origin}`, { cause: thrown })
    }
  }
}

/** The same answer, with a body that fails, and ends the call, as soon as more than the limit came of it. */
function boundBody(answer: Response, origin: string): Response {
  if (answer.body === null) return answer
  let bytes = 0
  const counted = answer.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes <= mostBytes) controller.enqueue(chunk)
        else controller.error(new Error(`${origin} answered with more than 10 MiB, and was cut off`))
      },
    }),
  )
  const { status, statusText, headers, url, redirected } = answer
  return Object.defineProperties(new Response(counted, { status, statusText, headers }), {
    url: { value: url },
    redirected: { value: redirected },
  })
}

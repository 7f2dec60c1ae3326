import { TimeoutError } from '../core/errors.ts'

/** A `fetch` in which no call lasts longer than the outbound limit, the reading of the answer's body included. */
export function limitedFetch({ timeoutSeconds }: { timeoutSeconds: number }): typeof fetch {
  return async (input, init) => {
    const limit = AbortSignal.timeout(timeoutSeconds * 1000)
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit
    try {
      return await fetch(input, { ...init, signal, redirect: 'error' })
    } catch (thrown) {
      if (!limit.aborted) throw thrown
      throw new TimeoutError(`No answer within ${timeoutSeconds} s from ${originOf(input)}`, { cause: thrown })
    }
  }
}

/** The address without path and query, which may carry an id or a secret. */
function originOf(input: Parameters<typeof fetch>[0]): string {
  return new URL(input instanceof Request ? input.url : input).origin
}

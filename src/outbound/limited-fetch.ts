import { AddressRefusedError, TimeoutError } from '../core/errors.ts'
import type { CallLimits } from './guard.ts'

/** Makes a guarded `fetch` whose calls, with the reading of the answer's body, do not outlast the outbound limit. */
export function makeLimitedFetch({ timeoutSeconds, guardOf }: CallLimits): typeof fetch {
  return async (input, init) => {
    const limit = AbortSignal.timeout(timeoutSeconds * 1000)
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit
    const url = input instanceof Request ? input.url : String(input)
    const { origin } = new URL(url)
    const guard = guardOf?.(origin)
    guard?.assertOpen(url)
    try {
      return await (guard?.fetch ?? fetch)(input, { ...init, signal, redirect: 'error' })
    } catch (thrown) {
      if (thrown instanceof Error && thrown.cause instanceof AddressRefusedError) throw thrown.cause
      if (!limit.aborted) throw thrown
      // The origin alone: path and query may carry an id or a secret.
      throw new TimeoutError(`No answer within ${timeoutSeconds} s from ${origin}`, { cause: thrown })
    }
  }
}

import { resetSeconds } from './errors.ts'

/** A reset further away than this belongs to the hub's schedule: an attempt does not sit and wait. */
const longestWaitSeconds = 1

/** `Date` is rounded down and `x-ratelimit-reset` up, so that one second between them reads as two. */
const roundingSeconds = 1

const mostWaits = 3

type Options = { fetch: typeof fetch; baseUrl: string | undefined }

/**
 * The `fetch` for Auth0's SDK: it puts AUTH0_BASE_URL in place of `https://<domain>` (the SDK's wrapper knows no
 * `baseUrl`, token calls included) and waits out a 429 that ends within a second. The free plan allows 2 requests a
 * second, less than one lockout needs, so that giving up on the first 429 would start over for ever.
 * A refused request was not carried out, so repeating it is safe for writes too.
 */
export function vendorFetch({ fetch, baseUrl }: Options): typeof fetch {
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    const url = baseUrl ? address.replace(/^https:\/\/[^/]+/, baseUrl) : address
    for (let waits = 0; ; waits++) {
      const response = await fetch(url, init)
      const seconds = response.status === 429 ? resetSeconds(response.headers) : null
      if (seconds === null || seconds > longestWaitSeconds + roundingSeconds || waits === mostWaits) return response
      await response.body?.cancel()
      await pause(Math.min(Math.max(seconds, 0.25), longestWaitSeconds) * 1000)
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

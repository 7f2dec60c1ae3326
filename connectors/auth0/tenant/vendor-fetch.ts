import { resetSeconds } from './errors.ts'

/** A longer wait is left to the hub's schedule, so that an attempt does not occupy a worker. */
const longestWaitSeconds = 1

/** `Date` is rounded down and `x-ratelimit-reset` up, so that one second between them can read as two. */
const roundingSeconds = 1

const mostWaits = 3

type Options = { fetch: typeof fetch; baseUrl: string | undefined }

/**
 * Makes the `fetch` for Auth0's SDK. It replaces `https://<domain>` by AUTH0_BASE_URL (the SDK's wrapper has no
 * `baseUrl` that holds for token calls too), and after a 429 that ends within a second it waits and sends the request
 * again, at most three times. The free plan allows 2 requests a second and a lockout needs about eight: if the first
 * 429 ended the attempt, no attempt would ever finish. A request answered with 429 was not carried out, so that writes
 * may be sent again too.
 */
export function makeVendorFetch({ fetch, baseUrl }: Options): typeof fetch {
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    const url = baseUrl ? address.replace(/^https:\/\/[^/]+/, baseUrl) : address
    for (let waits = 0; ; waits++) {
      const response = await fetch(url, init)
      const seconds = response.status === 429 ? resetSeconds(response.headers) : null
      if (seconds === null || seconds > longestWaitSeconds + roundingSeconds || waits === mostWaits) return response
      await response.body?.cancel()
      await sleep(Math.min(Math.max(seconds, 0.25), longestWaitSeconds) * 1000)
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

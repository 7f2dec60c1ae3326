import type { Clock } from '../core/clock.ts'
import type { HttpClient, Retry } from '../core/http-client.ts'
import { configuredOrigins } from './configured-origins.ts'
import type { OutboundGuard } from './guard.ts'
import { type HttpRun, httpClients } from './http.ts'
import { limitedFetch } from './limited-fetch.ts'
import { retryRead } from './retry.ts'

/** A connector's ways out. */
export type Outbound = { fetch: typeof fetch; retry: Retry; http(run: HttpRun): HttpClient }

export type OutboundParts = {
  timeoutSeconds: number
  clock: Clock
  /** Without it a call may go anywhere: for whoever calls only what an operator named. */
  guard?: OutboundGuard | undefined
}

/** Makes the ways out of one connector after another: each may go inside where its own settings say so. */
export function makeOutbound({
  timeoutSeconds,
  clock,
  guard,
}: OutboundParts): (config: Readonly<Record<string, unknown>>) => Outbound {
  return (config) => {
    const known = configuredOrigins(config)
    const guardOf = (origin: string) => (known.has(origin) ? undefined : guard)
    return {
      fetch: limitedFetch({ timeoutSeconds, guardOf }),
      retry: retryRead,
      http: httpClients({ timeoutSeconds, clock, guardOf }),
    }
  }
}

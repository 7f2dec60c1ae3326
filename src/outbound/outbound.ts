import type { CallBudget } from '../core/call-budget.ts'
import type { Clock } from '../core/clock.ts'
import type { HttpClient, Retry } from '../core/http-client.ts'
import type { WorkScope } from '../core/work-scope.ts'
import { listConfiguredAddresses, listConfiguredOrigins } from './configured-origins.ts'
import type { OutboundGuard } from './guard.ts'
import { type HttpRun, makeHttpClient } from './http.ts'
import { makeLimitedFetch } from './limited-fetch.ts'
import { makePulse, type Pulse } from './pulse.ts'
import { retryRead } from './retry.ts'
import type { Send } from './send.ts'

/** The clients through which one connector calls out. */
export type Outbound = {
  fetch: typeof fetch
  retry: Retry
  http(run: HttpRun): HttpClient
  /** What these calls may take of the vendor's rate limit; left out: nobody counts. */
  budget?: CallBudget | undefined
  pulse: Pulse
}

type Options = {
  timeoutSeconds: number
  clock: Clock
  /** Without it a call may go anywhere: for commands that call only addresses which an operator named. */
  guard?: OutboundGuard | undefined
  /** How the calls over `http` are sent that are not guarded; left out: by `fetch`. */
  send?: Send | undefined
  /** The `fetch` that calls which are not guarded go through in the end; left out: the runtime's. */
  via?: typeof fetch | undefined
  scope?: WorkScope
}

type Told = { changed?: (isAnswering: boolean) => void; budget?: CallBudget }

/**
 * Makes the outbound clients of each connector. A connector may call internal addresses that its own settings name.
 * `changed` is told when its vendor stops answering, and when it answers again; `budget` of each call and each answer.
 */
export function makeOutbound(options: Options): (config: Readonly<Record<string, unknown>>, told?: Told) => Outbound {
  const { timeoutSeconds, clock, guard, send, via, scope } = options
  return (config, { changed, budget } = {}) => {
    const known = listConfiguredOrigins(config)
    const pulse = makePulse({ clock, ...(changed ? { changed } : {}) })
    const guardOf = (origin: string) => (known.has(origin) ? undefined : guard)
    const limits = {
      ...{ timeoutSeconds, guardOf, via, pulse, hidden: listConfiguredAddresses(config) },
      ...(budget ? { budget } : {}),
      ...(scope ? { scope } : {}),
    }
    return {
      budget,
      fetch: makeLimitedFetch(limits),
      retry: retryRead,
      http: makeHttpClient({ ...limits, clock, ...(send ? { send } : {}) }),
      pulse,
    }
  }
}

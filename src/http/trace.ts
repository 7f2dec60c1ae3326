import type { MiddlewareHandler } from 'hono'
import { makeTraceId, readTraceparent } from '../core/trace.ts'
import { noWorkScope, type WorkScope } from '../core/work-scope.ts'

/** The W3C trace id of a request. */
export type Traced = { traceId: string }

/**
 * Gives each request the trace id that its sender named, or a new one. Everything that the request leads to bears it: its
 * log lines, its events, and the calls that follow from them. A request that has one keeps it.
 */
export function traceRequests(scope: WorkScope = noWorkScope): MiddlewareHandler<{ Variables: Traced }> {
  return async (c, next) => {
    const traceId = c.get('traceId') ?? readTraceparent(c.req.header('traceparent')) ?? makeTraceId()
    c.set('traceId', traceId)
    await scope.run({ request_id: traceId }, () => next())
  }
}

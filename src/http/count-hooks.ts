import type { Context, MiddlewareHandler } from 'hono'
import type { Meter } from '../core/meter.ts'

/** What a hook is counted by; null: it came to no known address. */
type LabelsOf = (c: Context) => Record<string, string> | null

/** Counts each hook when it comes, and by what it was answered with. A challenge is no hook. */
export function countHooks(meter: Meter | undefined, labelsOf: LabelsOf): MiddlewareHandler {
  return async (c, next) => {
    await next()
    const labels = meter && c.req.method === 'POST' ? labelsOf(c) : null
    if (!meter || !labels) return
    const { status } = c.res
    meter.count('hooksReceived', labels)
    if (status < 300) meter.count('hooksAcknowledged', labels)
    else meter.count(status < 500 ? 'hooksRefused' : 'hooksFailed', { ...labels, status: String(status) })
  }
}

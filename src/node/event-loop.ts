import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How often the loop is asked to come round; what a timer takes beyond it is lag. */
const everyMs = 20

const windowSeconds = 10

const quantiles = ['0.5', '0.99', '1'] as const

/** Watches how late the event loop is, in windows of ten seconds. The last whole one is told, so that scrapers share it. */
export function watchEventLoop(): () => { quantile: string; seconds: number }[] {
  const delay = monitorEventLoopDelay({ resolution: everyMs })
  const read = () =>
    quantiles.map((quantile) => ({ quantile, seconds: toLag(delay.percentile(Number(quantile) * 100)) }))
  let last: ReturnType<typeof read> | null = null
  delay.enable()
  setInterval(() => {
    last = read()
    delay.reset()
  }, windowSeconds * 1000).unref()
  return () => last ?? read()
}

function toLag(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - everyMs) / 1000
}

import { readFileSync } from 'node:fs'

/** A stretch of time, in milliseconds of this machine's clock. */
export type Span = { from: number; until: number }

export function overlaps(one: Span, other: Span): boolean {
  return one.from <= other.until && other.from <= one.until
}

/** Measures how long a process was ready to run while other programs had the processors. */
export type Meter = {
  secondsIn(span: Span): number
  stop(): void
}

const lookEveryMs = 100

/**
 * Linux counts it for each thread (the second number of /proc/<pid>/schedstat, in nanoseconds); what a process does
 * here, it does in its main thread. Where that file is not there, nothing is known, and nothing is taken off.
 */
export function meterStarvation(pid: () => number): Meter {
  const samples = [{ at: Date.now(), total: 0 }]
  let last = { pid: 0, waitedMs: 0 }
  const look = () => {
    const now = { pid: pid(), waitedMs: readWaitedMs(pid()) }
    const fresh = Math.max(0, now.waitedMs - (now.pid === last.pid ? last.waitedMs : 0))
    samples.push({ at: Date.now(), total: (samples.at(-1)?.total ?? 0) + fresh })
    last = now
  }
  const timer = setInterval(look, lookEveryMs)
  const totalAt = (moment: number) => {
    const i = samples.findLastIndex(({ at }) => at <= moment)
    const [before, after] = [samples[i], samples[i + 1]]
    if (!before) return 0
    if (!after) return before.total
    const share = (moment - before.at) / Math.max(1, after.at - before.at)
    return before.total + share * (after.total - before.total)
  }
  return {
    // The kernel books a wait at its end, so part of an earlier one may fall into this span: never more than the span.
    secondsIn: ({ from, until }) => Math.min(totalAt(until) - totalAt(from), until - from) / 1000,
    stop: () => clearInterval(timer),
  }
}

function readWaitedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}

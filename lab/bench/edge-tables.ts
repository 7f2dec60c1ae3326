import type { Edge } from './edge.ts'
import type { EdgeRates } from './edge-rates.ts'
import type { FirstAttempts, FirstAttemptsOf } from './first-attempts.ts'
import type { Spread } from './measures.ts'
import type { Table } from './report.ts'
import type { EdgeContender } from './take-off-proxy.ts'

const titles: Record<EdgeContender, string> = {
  node: 'hub on Node',
  worker: 'hub as a Worker, by wrangler dev',
  bareNode: 'bare route on Node',
  bareWorker: 'bare route of a Worker, by wrangler dev',
}

/** Hooks acknowledged, the ratios with and without the dev proxy, and how soon work on a hook begins. */
export function listEdgeTables({ rates, firstAttempts }: Edge): Table[] {
  return [...rates.map(listRates), listRatios(rates), listFirstAttempts(firstAttempts)]
}

function listRates({ connections, contenders }: EdgeRates): Table {
  return {
    title: `Hooks acknowledged at ${connections} connections, by turns (medians of the rounds)`,
    head: ['', 'hooks/s', 'p50 ms', 'p99 ms', 'refused'],
    rows: contenders.map(({ name, perSecond, p50Ms, p99Ms, refused, answered }) => [
      titles[name],
      perSecond.toFixed(0),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      refused === 0 ? '0' : `${refused} of ${answered}`,
    ]),
  }
}

function listRatios(rates: readonly EdgeRates[]): Table {
  return {
    title: 'The Worker against Node, hooks/s (median and range of the rounds); the dev proxy taken off is an estimate',
    head: ['', 'Worker / Node', 'range', 'proxy taken off', 'range', 'p50 ms, proxy taken off'],
    rows: rates.map(({ connections, ratio, withoutProxy }) => [
      `${connections} connections`,
      ...describeSpread(ratio),
      ...describeSpread(withoutProxy.ratio),
      Number.isFinite(withoutProxy.p50Ms) ? withoutProxy.p50Ms.toFixed(1) : '–',
    ]),
  }
}

function describeSpread({ median, lowest, highest }: Spread): string[] {
  if (!Number.isFinite(median)) return ['–', '–']
  return [median.toFixed(2), `${lowest.toFixed(2)}–${highest.toFixed(2)}`]
}

function listFirstAttempts({ hooksPerSecond, node, worker }: FirstAttempts): Table {
  const row = (name: string, { hooks, refused, withoutCall, acknowledgedMs, afterMs }: FirstAttemptsOf) => [
    name,
    ...[hooks, refused, withoutCall].map(String),
    ...[acknowledgedMs.p50, afterMs.p50, afterMs.p99, afterMs.max].map((ms) => ms.toFixed(1)),
  ]
  return {
    title: `From the 204 until Okta is first asked about the person, ${hooksPerSecond} hooks/s to each`,
    head: ['', 'hooks', 'refused', 'not asked', '204 after, p50 ms', 'p50 ms', 'p99 ms', 'max ms'],
    rows: [row(titles.node, node), row(titles.worker, worker)],
  }
}

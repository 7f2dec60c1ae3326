export const edgeContenders = ['node', 'worker', 'bareNode', 'bareWorker'] as const

/**
 * `node`, `worker`: the hub as shipped, by Node and by `wrangler dev`. `bareNode`, `bareWorker`: a route that reads the
 * body and answers 204, by the same two.
 */
export type EdgeContender = (typeof edgeContenders)[number]

/**
 * Estimates how long a hook would take the Worker without the proxy that `wrangler dev` puts before it: the Worker's time,
 * less the bare Worker's, which is the proxy's and that of a server around an empty route, plus the bare Node's, because
 * the hub on Node has such a server too. A time is either a median latency or, while every connection is busy, 1/rate.
 *
 * It is an estimate only. It takes proxy and hub for one line whose times add up. Where they work side by side (on several
 * processors, or the proxy while the hub waits for the disk), a part of the proxy's time was hidden, and too much is taken
 * off: then the Worker looks better than it is. The bare Worker's time also has what workerd needs to enter an isolate and
 * to hand a body over, which the platform pays as well.
 *
 * @returns NaN if nothing is left: noise of this round was larger than what it measured
 */
export function takeOffProxy({ worker, bareWorker, bareNode }: Record<EdgeContender, number>): number {
  const left = worker - bareWorker + bareNode
  return worker > bareWorker ? left : Number.NaN
}

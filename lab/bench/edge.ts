import { type Cluster, startCluster } from '../chaos/cluster.ts'
import { type EdgeRates, type EdgeRatesPace, measureEdgeRates } from './edge-rates.ts'
import { type FirstAttempts, type FirstAttemptsPace, measureFirstAttempts } from './first-attempts.ts'

export type EdgePace = EdgeRatesPace & FirstAttemptsPace

export type Edge = { rates: EdgeRates[]; firstAttempts: FirstAttempts }

/** Without Hyperdrive nothing pools: each hook of the Worker is up to two connections, and some outlive their hook. */
const maxConnections = 400

/** The hub as a Worker beside the hub on Node: hooks acknowledged, and how soon after that the work on them begins. */
export async function measureEdge(pace: EdgePace): Promise<Edge> {
  const cluster: Cluster = await startCluster({ maxConnections })
  try {
    return { rates: await measureEdgeRates(cluster, pace), firstAttempts: await measureFirstAttempts(cluster, pace) }
  } finally {
    await cluster.close()
  }
}

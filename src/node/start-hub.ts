import { enableCompileCache } from 'node:module'
import { readConfiguration } from '../config/configuration.ts'
import type { Connector } from '../core/connector.ts'
import type { Environment } from '../core/settings.ts'
import { type Pace, runHub } from './run-hub.ts'
import { formatProblems, formatStartFailure } from './start-failure.ts'

/**
 * Starts the hub and returns while it runs. Why it did not start is written to standard error, and its exit code is 1.
 * `pace` shortens waits for tests; the hub that is shipped has none.
 */
export async function startHub(
  environment: Environment,
  connectors: readonly Connector[],
  pace: Pace = {},
): Promise<void> {
  // Compiling the vendors' SDKs is a third of what a restart costs, and after a crash people wait for it.
  enableCompileCache()
  const read = readConfiguration(environment, connectors)
  if ('problems' in read) {
    process.stderr.write(formatProblems(read.problems, read.warnings))
    process.exitCode = 1
    return
  }
  await runHub(read.configuration, pace).catch((thrown) => {
    process.stderr.write(formatStartFailure(thrown))
    process.exit(1)
  })
}

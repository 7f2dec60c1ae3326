import { enableCompileCache } from 'node:module'
import { connectors } from '../connectors/index.ts'
import { readConfiguration } from './node/config/configuration.ts'
import { runHub } from './node/run-hub.ts'
import { formatProblems, formatStartFailure } from './node/start-failure.ts'

// Compiling the vendors' SDKs is a third of what a restart costs, and after a crash people wait for it.
enableCompileCache()

const read = readConfiguration(process.env, connectors)
if ('problems' in read) {
  process.stderr.write(formatProblems(read.problems, read.warnings))
  process.exitCode = 1
} else {
  await runHub(read.configuration).catch((thrown) => {
    process.stderr.write(formatStartFailure(thrown))
    process.exit(1)
  })
}

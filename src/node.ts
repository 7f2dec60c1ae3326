import { connectors } from '../connectors/index.ts'
import { readConfiguration } from './node/configuration.ts'
import { problemLines } from './node/problem-lines.ts'
import { runHub } from './node/run-hub.ts'
import { startFailure } from './node/start-failure.ts'

const read = readConfiguration(process.env, connectors)
if ('problems' in read) {
  process.stderr.write(problemLines(read.problems))
  process.exitCode = 1
} else {
  await runHub(read.configuration).catch((thrown) => {
    process.stderr.write(startFailure(thrown))
    process.exit(1)
  })
}

import { connectors } from '../connectors/index.ts'
import { takeEnvFiles } from './node/env-file.ts'
import { formatStartFailure } from './node/start-failure.ts'
import { startHub } from './node/start-hub.ts'

try {
  const { environment } = takeEnvFiles({ args: process.argv.slice(2), environment: process.env })
  await startHub(environment, connectors)
} catch (thrown) {
  process.stderr.write(formatStartFailure(thrown))
  process.exitCode = 1
}

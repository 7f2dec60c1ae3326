import { connectors } from '../connectors/index.ts'
import { startHub } from '../src/node/start-hub.ts'
import { suitePace } from './suite/pace.ts'

// The hub as src/node.ts starts it, with the suite's waits, and waits of its upkeep that a test names as JSON.
const { LAB_UPKEEP = '{}', ...environment } = process.env
await startHub(environment, connectors, { ...suitePace, upkeep: JSON.parse(LAB_UPKEEP) })

import { connectors } from '../../connectors/index.ts'
import { startHub } from '../../src/node/start-hub.ts'
import { suitePace } from './pace.ts'

// The hub as src/node.ts starts it, with shorter waits.
await startHub(process.env, connectors, suitePace)

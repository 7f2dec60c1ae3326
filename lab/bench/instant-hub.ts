import { startHub } from '../../src/node/start-hub.ts'
import { makeInstantTarget, presentAuthority } from './instant-connectors.ts'

// The hub as src/node.ts starts it, with connectors that answer at once: a process of its own for what is asked over HTTP.
await startHub(process.env, [presentAuthority, ...['target', 'second', 'rare'].map(makeInstantTarget)])

import { instantAuthority, instantTarget } from '../../lab/bench/instant-connectors.ts'
import { startHub } from '../../src/node/start-hub.ts'

// The hub as src/node.ts starts it, between an authority and a target that answer at once.
await startHub(process.env, [instantAuthority, instantTarget])

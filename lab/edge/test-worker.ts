import { connectors } from '../../connectors/index.ts'
import { files } from '../../src/cloudflare/files.ts'
import { makeWorker } from '../../src/cloudflare/make-worker.ts'
import { migrations } from '../../src/cloudflare/migrations.ts'
import { suitePace } from '../suite/pace.ts'

/** The Worker with waits that a test can sit out: the same hub, with all else as it is deployed. */
export default makeWorker({
  connectors,
  migrations,
  files,
  timing: {
    outboundSeconds: 1,
    callSeconds: 30,
    leaseSeconds: 3,
    renewSeconds: 1,
    ...suitePace,
    upkeep: { tickSeconds: 0.1, retrySeconds: 0.2, leaseSeconds: 3 },
    chances: { secondChanceSeconds: 1 },
  },
})

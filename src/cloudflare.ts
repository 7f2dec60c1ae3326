import { connectors } from '../connectors/index.ts'
import { files } from './cloudflare/files.ts'
import { makeWorker } from './cloudflare/make-worker.ts'
import { migrations } from './cloudflare/migrations.ts'

/** The hub as a Worker: what `wrangler deploy` deploys. */
export default makeWorker({ connectors, migrations, files })

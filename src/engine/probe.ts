import type { Log } from '../core/log.ts'
import { type Installed, withClient } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'

/** How long a neutral read may last. */
const readSeconds = 10

/**
 * Asks the vendors of paused connectors for which no delivery is due that would: by the connector's own neutral read
 * (`probe`). One that is answered resumes its connector, whatever kinds of work arrive for it.
 */
export function makeProbePaused({
  journal,
  installed,
  log,
  probeSeconds,
}: {
  journal: Pick<Journal, 'queue'>
  installed: readonly Installed[]
  log: Log
  probeSeconds: number
}): () => Promise<void> {
  const able = installed.filter(({ connector }) => connector.probe)
  const ids = able.map(({ id }) => id)

  const ask = async (one: Installed) => {
    const { connector, config, http } = one
    const signal = AbortSignal.timeout(readSeconds * 1000)
    try {
      await withClient(one, async (client) =>
        connector.probe?.({ client, config, log: one.log, signal, http: http({ signal, idempotencyKey: 'probe' }) }),
      )
    } catch {
      // It stays paused; why it is was alerted.
      return
    }
    const resumed = await journal.queue.resume([one.id])
    if (resumed.length > 0) log.info({ connectors: resumed }, 'Connectors work again and are resumed')
  }

  return async () => {
    if (ids.length === 0) return
    const due = await journal.queue.takeProbes({ ids, probeSeconds })
    await Promise.all(able.filter(({ id }) => due.includes(id)).map(ask))
  }
}

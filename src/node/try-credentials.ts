import { CredentialError, errorMessage, MissingRightError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type Installed, withClient } from '../host/installed.ts'

/** How long one neutral read may last. */
const readSeconds = 10

/**
 * Makes every connector's client, and has each that can ask its vendor whether the credential is taken: one line a
 * connector says so. It holds up nothing, and pauses nothing: that is for the first delivery to find out.
 */
export async function tryCredentials(installed: readonly Installed[], log: Log): Promise<void> {
  for (const one of installed) {
    const failed = await one.client().then(
      () => null,
      (thrown) => ({ thrown }),
    )
    if (failed) logRefusal(one, { ...failed, log })
    // Behind the loop of connections: loading the next vendor's SDK does not wait for this vendor's answer.
    else void tryCredential(one, log)
  }
  log.info({ connectors: installed.map(({ id }) => id) }, 'Ready')
}

async function tryCredential(one: Installed, log: Log): Promise<void> {
  const { id, connector, config, http } = one
  if (!connector.probe) return
  const signal = AbortSignal.timeout(readSeconds * 1000)
  const idempotencyKey = 'probe'
  try {
    await withClient(one, async (client) =>
      connector.probe?.({ client, config, log: one.log, signal, http: http({ signal, idempotencyKey }) }),
    )
    log.info({ connector: id }, `The credential of ${id} works`)
  } catch (thrown) {
    logRefusal(one, { thrown, log })
  }
}

function logRefusal({ id }: Installed, { thrown, log }: { thrown: unknown; log: Log }): void {
  const isRefused = thrown instanceof CredentialError || thrown instanceof MissingRightError
  const why = errorMessage(thrown)
  if (!isRefused) {
    log.warn(
      { connector: id },
      `Whether the credential of ${id} works is not known, the vendor gave no usable answer: ${why}`,
    )
    return
  }
  const fix = 'Mend it in the settings and start again, or mend it at the vendor: "npm run hub -- doctor" says more.'
  log.error({ connector: id, fix }, `The credential of ${id} does not work: ${why}`)
}

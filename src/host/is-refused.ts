import type { Clock } from '../core/clock.ts'
import type { Connector } from '../core/connector.ts'
import { CredentialError, ObjectRefusedError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Outbound } from '../outbound/outbound.ts'

/** How long a credential counts as taken after a neutral read. */
const provenMs = 20_000
const probeSeconds = 10

/** Makes the neutral read that tells whether the vendor refuses the credential itself. */
export function makeIsRefused(
  { id, probe }: Connector,
  { config, log, http, clock }: Pick<Outbound, 'http'> & { config: Record<string, unknown>; log: Log; clock: Clock },
): (client: unknown) => Promise<boolean> {
  let asking: Promise<boolean> | null = null
  let provenUntil = 0

  const ask = async (client: unknown): Promise<boolean> => {
    const signal = AbortSignal.timeout(probeSeconds * 1000)
    try {
      await probe?.({ client, config, log, signal, http: http({ signal, idempotencyKey: 'probe' }) })
      provenUntil = clock.now().getTime() + provenMs
      return false
    } catch (err) {
      const refused = err instanceof CredentialError || err instanceof ObjectRefusedError
      // A vendor that is down refuses no credential.
      if (!refused)
        log.warn({ connector: id, err }, 'A neutral read failed: whether the credential is taken is not known')
      return refused
    }
  }

  return async (client) => {
    if (!probe || clock.now().getTime() < provenUntil) return false
    asking ??= ask(client).finally(() => {
      asking = null
    })
    return asking
  }
}

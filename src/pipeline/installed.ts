import type { Connector } from '../core/connector.ts'
import { CredentialError } from '../core/errors.ts'
import type { HttpClient } from '../core/http-client.ts'
import { defaultInlinePolicy, type InlinePolicy } from '../core/inline-policy.ts'
import type { Log } from '../core/log.ts'
import type { HttpRun } from '../outbound/http.ts'
import type { Outbound } from '../outbound/outbound.ts'

export type { Outbound } from '../outbound/outbound.ts'

/** A connector with its configuration read: one instance, under the id that the journal knows. */
export type Installed = {
  id: string
  connector: Connector
  config: Record<string, unknown>
  log: Log
  inline: InlinePolicy
  /** The client for plain HTTP calls of one run. */
  http(run: HttpRun): HttpClient
  /** The client that `connect` made, made at the first call. */
  client(): Promise<unknown>
  /** Forgets the client, so that the next call connects anew. */
  reconnect(): void
}

type Configured = { id: string; connector: Connector; config: Record<string, unknown>; inline?: InlinePolicy }

/** Gives a configured connector its one client, connected lazily and once. */
export function install(
  { id, connector, config, inline = defaultInlinePolicy }: Configured,
  { outbound, log }: { outbound: Outbound; log: Log },
): Installed {
  let connected: Promise<unknown> | undefined
  const connect = async () => connector.connect?.({ id, config, fetch: outbound.fetch, retry: outbound.retry, log })
  const client = () => {
    connected ??= connect().catch((thrown) => {
      connected = undefined
      throw thrown
    })
    return connected
  }
  const reconnect = () => {
    connected = undefined
  }
  return { id, connector, config, log, inline, http: outbound.http, client, reconnect }
}

/**
 * Works with a connector's client; when the vendor refuses the credential, connects anew and tries once more:
 * a token may have been revoked early while the secret is good.
 * @throws CredentialError when the fresh client was refused too
 */
export async function withClient<T>(installed: Installed, work: (client: unknown) => Promise<T>): Promise<T> {
  try {
    return await work(await installed.client())
  } catch (thrown) {
    // A plan may have asked the authority, and have been refused there: that is not this client's fault.
    if (!(thrown instanceof CredentialError) || thrown.connector !== undefined) throw thrown
    installed.reconnect()
  }
  try {
    return await work(await installed.client())
  } catch (thrown) {
    if (thrown instanceof CredentialError) thrown.connector ??= installed.id
    throw thrown
  }
}

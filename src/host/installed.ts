import type { Connector } from '../core/connector.ts'
import { CredentialError } from '../core/errors.ts'
import type { HttpClient } from '../core/http-client.ts'
import type { Log } from '../core/log.ts'
import { defaultInlinePolicy, type InlinePolicy } from '../core/policy.ts'
import { within } from '../core/wait.ts'
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
  /** How long one call of its code may last before it is given up. */
  callSeconds: number
  /** The client for plain HTTP calls of one run. */
  http(run: HttpRun): HttpClient
  /** The client that `connect` made, made at the first call. */
  client(): Promise<unknown>
  /** Forgets the client, so that the next call connects anew. */
  reconnect(): void
}

/** Whether a person's denial takes away here what the hub once granted. */
export function revokesOnDeny({ inline, connector }: Installed): boolean {
  return inline.revokeOnDeny && connector.deprovision !== undefined
}

type Configured = { id: string; connector: Connector; config: Record<string, unknown>; inline?: InlinePolicy }

/** Far beyond what vendors' own time limits add up to. */
const defaultCallSeconds = 300

/** Gives a configured connector its one client, connected lazily and once. */
export function install(
  { id, connector, config, inline = defaultInlinePolicy }: Configured,
  { outbound, log, callSeconds = defaultCallSeconds }: { outbound: Outbound; log: Log; callSeconds?: number },
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
  return { id, connector, config, log, inline, callSeconds, http: outbound.http, client, reconnect }
}

type Call = {
  /** It ends when its signal aborts, and may take hours. */
  unlimited?: boolean
  /** Called when a call that was given up on has ended after all: what it wrote must be looked at. */
  endedLate?(): void
}

/**
 * Works with a connector's client; when the vendor refuses the credential, connects anew and tries once more:
 * a token may have been revoked early while the secret is good. A call that ignores its signal is given up on after
 * `callSeconds`, or it would hold its lane and its worker until the process ends.
 * @throws CredentialError when the fresh client was refused too
 * @throws Error when it took longer than the connector's `callSeconds`
 */
export async function withClient<T>(
  installed: Installed,
  work: (client: unknown) => Promise<T>,
  call: Call = {},
): Promise<T> {
  try {
    return await callInTime(installed, work, call)
  } catch (thrown) {
    // A plan may have asked the authority, and have been refused there: that is not this client's fault.
    if (!(thrown instanceof CredentialError) || thrown.connector !== undefined) throw thrown
    installed.reconnect()
  }
  try {
    return await callInTime(installed, work, call)
  } catch (thrown) {
    if (thrown instanceof CredentialError) thrown.connector ??= installed.id
    throw thrown
  }
}

function callInTime<T>(
  installed: Installed,
  work: (client: unknown) => Promise<T>,
  { unlimited, endedLate }: Call,
): Promise<T> {
  const { id, callSeconds, log } = installed
  const working = installed.client().then(work)
  if (unlimited) return working
  return within(working, callSeconds, () => {
    const ended = () => {
      log.warn({ connector: id }, 'A call that was given up on has ended')
      endedLate?.()
    }
    working.then(ended, ended)
    throw new Error(`${id} did not come to an end within ${callSeconds} s, and was given up on.`)
  })
}

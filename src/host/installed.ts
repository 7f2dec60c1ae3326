import type { CallBudget } from '../core/call-budget.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import type { Connector } from '../core/connector.ts'
import {
  CredentialError,
  errorMessage,
  HandlerFaultError,
  MissingRightError,
  ObjectRefusedError,
} from '../core/errors.ts'
import type { HttpClient } from '../core/http-client.ts'
import type { KeptTokens } from '../core/kept-tokens.ts'
import type { Log } from '../core/log.ts'
import { defaultInlinePolicy, type InlinePolicy } from '../core/policy.ts'
import { within } from '../core/wait.ts'
import { noWorkScope, type WorkScope } from '../core/work-scope.ts'
import type { HttpRun } from '../outbound/http.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Pulse } from '../outbound/pulse.ts'

import { makeClientTokens } from './client-tokens.ts'
import { makeNoteFault } from './faults.ts'
import { makeIsRefused } from './is-refused.ts'
import { makeRenewRights } from './renew-rights.ts'

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
  /** Takes note of a fault of its own code: a line in the log, and the stack with the attempt. */
  noteFault(thrown: unknown): void
  /** Whether its vendor answers, by what its calls met. */
  pulse: Pulse
  /** The `fetch` that the connector's own SDK gets. */
  fetch?: typeof fetch
  /** What its calls may take of the vendor's rate limit; left out: nobody counts. */
  budget?: CallBudget | undefined
  /** The client for plain HTTP calls of one run. */
  http(run: HttpRun): HttpClient
  /** The client that `connect` made, made at the first call. */
  client(): Promise<unknown>
  /** Forgets the client and the tokens that it used, so that the next call connects anew. */
  reconnect(): void
  /**
   * The same after a right was missing: a token keeps the rights it was made with, and a right may have been granted
   * since. False: the client is too young for that, or was made anew for this reason less than two minutes ago.
   */
  renewRights(): boolean
  /**
   * Tells, by a neutral read, whether the vendor refuses the credential itself. One read at a time; that it was taken is
   * remembered for some seconds, so that many refused objects do not cost a read each.
   */
  isRefused(client: unknown): Promise<boolean>
}

/** Whether a person's denial takes away here what the hub once granted. */
export function revokesOnDeny({ inline, connector }: Installed): boolean {
  return inline.revokeOnDeny && connector.deprovision !== undefined
}

type Configured = { id: string; connector: Connector; config: Record<string, unknown>; inline?: InlinePolicy }

type Connecting = {
  outbound: Outbound
  log: Log
  callSeconds?: number
  clock?: Clock
  scope?: WorkScope
  /** Tokens that outlive this; left out: none does. */
  tokens?: KeptTokens | undefined
}

/** Far beyond what vendors' own time limits add up to. */
const defaultCallSeconds = 300

/** Gives a configured connector its one client, connected lazily and once. */
export function install(
  { id, connector, config, inline = defaultInlinePolicy }: Configured,
  {
    outbound,
    log,
    callSeconds = defaultCallSeconds,
    clock = systemClock,
    scope = noWorkScope,
    tokens: kept,
  }: Connecting,
): Installed {
  let connected: Promise<unknown> | undefined
  let connectedAt = 0
  const tokens = makeClientTokens({ id, kept, clock })
  const { fetch, retry } = outbound
  const connect = async () => connector.connect?.({ id, config, fetch, retry, tokens, log })
  const client = () => {
    if (connected) return connected
    connectedAt = clock.now().getTime()
    connected = connect().catch((thrown) => {
      connected = undefined
      throw thrown
    })
    return connected
  }
  const reconnect = () => {
    connected = undefined
    tokens.drop()
  }
  const renewRights = makeRenewRights({ clock, reconnect, connectedAt: () => connectedAt, oldestToken: tokens.oldest })
  const { http, pulse } = outbound
  const isRefused = makeIsRefused(connector, { config, log, http, clock })
  return {
    id,
    connector,
    config,
    log,
    inline,
    callSeconds,
    noteFault: makeNoteFault({ id, log, scope, clock }),
    fetch,
    budget: outbound.budget,
    http,
    pulse,
    client,
    reconnect,
    renewRights,
    isRefused,
  }
}

type Call = {
  /** It ends when its signal aborts, and may take hours. */
  unlimited?: boolean
  /** Called when a call that was given up on has ended after all: what it wrote must be looked at. */
  endedLate?(): void
}

/**
 * Works with a connector's client; when the vendor refuses the credential, connects anew and tries once more:
 * a token may have been revoked early while the secret is good. So too when a right is missing, at intervals: it may
 * have been granted since the token was made. A call that ignores its signal is given up on after
 * `callSeconds`, or it would hold its lane and its worker until the process ends.
 * @throws CredentialError when the fresh client was refused too
 * @throws ObjectRefusedError when one object was refused, and the credential is good
 * @throws Error when it took longer than the connector's `callSeconds`
 */
export async function withClient<T>(
  installed: Installed,
  work: (client: unknown) => Promise<T>,
  call: Call = {},
): Promise<T> {
  try {
    return await callTwice(installed, work, call)
  } catch (thrown) {
    installed.noteFault(thrown)
    throw thrown
  }
}

async function callTwice<T>(installed: Installed, work: (client: unknown) => Promise<T>, call: Call): Promise<T> {
  try {
    return await callAndJudge(installed, work, call)
  } catch (thrown) {
    if (thrown instanceof MissingRightError) {
      if (isPassedOn(thrown) || !installed.renewRights()) throw thrown
    } else {
      // A plan may have asked the authority, and have been refused there: that is not this client's fault.
      if (!(thrown instanceof CredentialError) || thrown.connector !== undefined) throw thrown
      installed.reconnect()
    }
  }
  try {
    return await callAndJudge(installed, work, call)
  } catch (thrown) {
    if (thrown instanceof CredentialError) thrown.connector ??= installed.id
    if (thrown instanceof MissingRightError) passedOn.add(thrown)
    throw thrown
  }
}

/** Refusals of a right that went through a `withClient` within another one's work: those are of another client. */
const passedOn = new WeakSet<MissingRightError>()

/** Notes that the refusal goes on to the caller; true if it came from within already. */
function isPassedOn(refusal: MissingRightError): boolean {
  const isKnown = passedOn.has(refusal)
  passedOn.add(refusal)
  return isKnown
}

/** A refusal of one object stays that one's, unless a neutral read is refused too: then the credential is. */
async function callAndJudge<T>(installed: Installed, work: (client: unknown) => Promise<T>, call: Call): Promise<T> {
  try {
    return await callInTime(installed, work, call)
  } catch (thrown) {
    if (!(thrown instanceof ObjectRefusedError) || thrown.isJudged) throw thrown
    thrown.isJudged = true
    if (!(await installed.isRefused(await installed.client()))) throw thrown
    throw new CredentialError(`${errorMessage(thrown)} (a read that concerns no person was refused too)`)
  }
}

function callInTime<T>(
  installed: Installed,
  work: (client: unknown) => Promise<T>,
  { unlimited, endedLate }: Call,
): Promise<T> {
  const { id, callSeconds, log, pulse } = installed
  const working = installed.client().then(work)
  if (unlimited) return working
  return within(working, callSeconds, () => {
    const ended = () => {
      log.warn({ connector: id }, 'A call that was given up on has ended')
      endedLate?.()
    }
    working.then(ended, ended)
    pulse.timedOut()
    throw new HandlerFaultError(`${id} did not come to an end within ${callSeconds} s, and was given up on.`)
  })
}

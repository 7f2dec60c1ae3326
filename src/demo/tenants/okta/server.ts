import { type Call, type Refusal, startServer } from '../http-server.ts'
import { createTokenBucket, type RateLimit } from '../token-bucket.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'
import { createOktaApp, setRateHeaders } from './app.ts'
import { createCredentials, type OktaApiToken, type OktaCredentials, type OktaServiceApp } from './credentials.ts'
import type { DeliveryMischief } from './delivery-mischief.ts'
import { deliveryMischiefRoutes } from './delivery-mischief-routes.ts'
import { renderStatus } from './errors.ts'
import type { EventHook } from './event-hook.ts'
import { createEventHookRegistry, type EventHookRegistry } from './event-hook-registry.ts'
import { buildEnvelope, hollowEvent } from './hook-envelope.ts'
import { createHookTransport } from './hook-transport.ts'
import { buildLogEvent, type EventInput, type LogEvent } from './log-event.ts'
import { createOutbox, type Delivery, type Outbox } from './outbox.ts'
import { createSystemLog, type SystemLog } from './system-log.ts'
import { createUserDirectory, type OktaUserSeed, type UserDirectory } from './user-directory.ts'

export type OktaTenantOptions = {
  port?: number
  /** API tokens; by default one that may do everything. */
  tokens?: OktaApiToken[]
  apps?: OktaServiceApp[]
  users?: OktaUserSeed[]
  /** How long a hook's endpoint may take per try: 3 s at Okta. */
  hookTimeoutMs?: number
  /** Events of one hook that happen within this time travel in one request. */
  batchWindowMs?: number
  /** How long a deactivation shows as `transitioningToStatus`; Infinity: until `users.settleTransitions()`. */
  transitionMs?: number
  rateLimit?: RateLimit
  /** The most users on one page of a list: 200 at Okta. */
  pageSize?: number
}

export type OktaTenant = AsyncDisposable & {
  url: string
  port: number
  /** The value of the first API token. */
  token: string
  calls: Call[]
  users: UserDirectory
  hooks: EventHookRegistry
  log: SystemLog
  deliveries: Delivery[]
  credentials: Pick<OktaCredentials, 'revoke'>
  /** Records an event, whatever it is, and delivers it to the hooks that want it. */
  emit: (event: EventInput) => LogEvent
  /** Sends any body to a hook, as it is; an object is sent as JSON. */
  deliver: (hookId: string, body: unknown) => Promise<Delivery>
  /** The Admin Console's "Deliver Request" for one event type: a hollow event, past all filters. */
  preview: (hookId: string, eventType?: string) => Promise<Delivery>
  /** Makes the API misbehave; returns how to end it. */
  misbehave: (rule: Misbehaviour) => () => void
  /** Makes deliveries to hooks misbehave; returns how to end it. */
  misbehaveOnDelivery: (rule: DeliveryMischief) => () => void
  /** Ends all misbehaviour; deliveries kept back go out. */
  calm: () => void
  /** Resolves when no delivery is under way. */
  idle: () => Promise<void>
  close: () => Promise<void>
}

const DEFAULT_TOKENS: OktaApiToken[] = [{ value: '00simulated-okta-api-token' }]
const HOOK_TIMEOUT_MS = 3000

/** Starts a simulated Okta org on 127.0.0.1: stateful, strict, and as fast or as bad as it is told to be. */
export async function startOktaTenant(options: OktaTenantOptions = {}): Promise<OktaTenant> {
  const closing = new AbortController()
  const tokens = options.tokens ?? DEFAULT_TOKENS
  const weather = createWeather()
  const log = createSystemLog()
  const timeoutMs = options.hookTimeoutMs ?? HOOK_TIMEOUT_MS
  const transport = createHookTransport({ timeoutMs, closing: closing.signal })
  const hooks = createEventHookRegistry({ handshake: transport.handshake })
  const credentials = createCredentials({ tokens, apps: options.apps ?? [] })
  let outbox: Outbox | undefined
  const calm = () => {
    weather.calm()
    outbox?.calm()
  }

  const emit = (input: EventInput): LogEvent => {
    const event = buildLogEvent(input)
    log.append(event)
    outbox?.publish(event)
    return event
  }
  const users = createUserDirectory({
    emit: (event) => void emit(event),
    transitionMs: options.transitionMs ?? 0,
    pageSize: options.pageSize,
  })
  for (const seed of options.users ?? []) users.seed(seed)

  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: (url) => {
      const rateLimit = createTokenBucket(options.rateLimit)
      const app = createOktaApp({ url, users, hooks, log, credentials, rateLimit })
      return { handle: (request) => app.fetch(request), refuse }
    },
    control: {
      lists: { deliveries: () => outbox?.deliveries ?? [] },
      calm: () => calm(),
      more: deliveryMischiefRoutes({ misbehave: (rule) => outbox?.misbehave(rule) }),
    },
  })
  outbox = createOutbox({
    url: server.url,
    batchWindowMs: options.batchWindowMs ?? 0,
    transport,
    subscribed: hooks.subscribed,
    onFailure: (delivery) => void emit(deliveryFailed(hooks.get(delivery.hookId), delivery)),
  })
  const { send, deliveries, idle, misbehave: misbehaveOnDelivery, close: closeOutbox } = outbox

  const close = async () => {
    closing.abort()
    closeOutbox()
    users.close()
    await server.close()
  }

  return {
    url: server.url,
    port: server.port,
    token: tokens[0]?.value ?? '',
    calls: server.calls,
    users,
    hooks,
    log,
    deliveries,
    credentials,
    emit,
    deliver: (hookId, body) => send(hooks.get(hookId), typeof body === 'string' ? body : JSON.stringify(body)),
    preview: (hookId, eventType = 'user.lifecycle.deactivate') => {
      const envelope = buildEnvelope({ url: server.url, hookId, events: [hollowEvent(eventType)] })
      return send(hooks.get(hookId), JSON.stringify(envelope))
    },
    misbehave: weather.misbehave,
    misbehaveOnDelivery,
    calm,
    idle,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function refuse({ status, resetSeconds }: Refusal): Response {
  const response = renderStatus(status)
  const resetEpochSeconds = Math.ceil(Date.now() / 1000 + resetSeconds)
  setRateHeaders(response.headers, { limit: 600, remaining: status === 429 ? 0 : 599, resetEpochSeconds })
  return response
}

// Okta docs: only failures are logged, and only in the System Log: `event_hook.*` is not eligible for hooks.
function deliveryFailed(hook: EventHook, delivery: Delivery): EventInput {
  const last = delivery.tries.at(-1)?.outcome
  return {
    eventType: 'event_hook.delivery',
    target: [{ id: hook.id, type: 'EventHook', alternateId: hook.name, displayName: hook.name, detailEntry: null }],
    outcome: { result: 'FAILURE', reason: typeof last === 'number' ? `HTTP ${last}` : (last ?? 'unreachable') },
    debugData: { eventId: delivery.eventId ?? null },
  }
}

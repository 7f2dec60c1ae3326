import { createTokenBucket, type RateLimit } from '../token-bucket.ts'
import { createOktaApp } from './app.ts'
import {
  type ApplicationDirectory,
  createApplicationDirectory,
  type OktaApplicationSeed,
} from './application-directory.ts'
import { createCredentials, type OktaApiToken, type OktaCredentials, type OktaServiceApp } from './credentials.ts'
import type { EventHook } from './event-hook.ts'
import { createEventHookRegistry, type EventHookRegistry } from './event-hook-registry.ts'
import { createGroupDirectory, type GroupDirectory, type OktaGroupSeed } from './group-directory.ts'
import { createHookTransport } from './hook-transport.ts'
import { buildLogEvent, type EventInput, type LogEvent } from './log-event.ts'
import { createOutbox, type Delivery, type Outbox } from './outbox.ts'
import { createSystemLog, type SystemLog } from './system-log.ts'
import { createUserDirectory, type OktaUserSeed, type UserDirectory } from './user-directory.ts'

export type OktaOrgOptions = {
  /** API tokens; by default one that may do everything. */
  tokens?: OktaApiToken[]
  apps?: OktaServiceApp[]
  users?: OktaUserSeed[]
  groups?: OktaGroupSeed[]
  /** What people are assigned to; `apps` above are those that call the API. */
  applications?: OktaApplicationSeed[]
  /** How long a hook's endpoint may take per try: 3 s at Okta. */
  hookTimeoutMs?: number
  /** Events of one hook that happen within this time travel in one request. */
  batchWindowMs?: number
  /** How long a deactivation shows as `transitioningToStatus`; Infinity: until `users.settleTransitions()`. */
  transitionMs?: number
  /** The most users on one page of a list: 200 at Okta. */
  pageSize?: number
  rateLimit?: RateLimit
}

export type OktaOrg = {
  /** The value of the first API token. */
  token: string
  users: UserDirectory
  groups: GroupDirectory
  applications: ApplicationDirectory
  hooks: EventHookRegistry
  log: SystemLog
  outbox: Outbox
  credentials: OktaCredentials
  /** Records an event and hands it to the hooks that want it. */
  emit: (event: EventInput) => LogEvent
  handle: (request: Request) => Response | Promise<Response>
  close: () => void
}

const DEFAULT_TOKENS: OktaApiToken[] = [{ value: '00simulated-okta-api-token' }]
const HOOK_TIMEOUT_MS = 3000

/** Puts one org together: what happens to its users is written to its log and told to its hooks. */
export function createOrg(url: string, options: OktaOrgOptions): OktaOrg {
  const closing = new AbortController()
  const tokens = options.tokens ?? DEFAULT_TOKENS
  const timeoutMs = options.hookTimeoutMs ?? HOOK_TIMEOUT_MS
  const log = createSystemLog()
  const transport = createHookTransport({ timeoutMs, closing: closing.signal })
  const hooks = createEventHookRegistry({ handshake: transport.handshake })
  const credentials = createCredentials({ tokens, apps: options.apps ?? [] })
  const outbox = createOutbox({
    url,
    batchWindowMs: options.batchWindowMs ?? 0,
    transport,
    subscribed: hooks.subscribed,
    onFailure: (hook, delivery) => void emit(deliveryFailed(hook, delivery)),
  })

  const emit = (input: EventInput): LogEvent => {
    const event = buildLogEvent(input)
    log.append(event)
    outbox.publish(event)
    return event
  }

  const directories = createDirectories(options, (event) => void emit(event))
  const rateLimit = createTokenBucket(options.rateLimit)
  const app = createOktaApp({ url, ...directories, hooks, log, credentials, rateLimit, pageSize: options.pageSize })
  const close = () => {
    closing.abort()
    outbox.close()
    directories.users.close()
  }
  const handle = (request: Request) => app.fetch(request)
  return { token: tokens[0]?.value ?? '', ...directories, hooks, log, outbox, credentials, emit, handle, close }
}

function createDirectories(options: OktaOrgOptions, emit: (event: EventInput) => void) {
  const users = createUserDirectory({ emit, transitionMs: options.transitionMs ?? 0, pageSize: options.pageSize })
  const groups = createGroupDirectory({ users, emit })
  const applications = createApplicationDirectory({ users, groups, emit })
  for (const seed of options.users ?? []) users.seed(seed)
  for (const seed of options.groups ?? []) groups.seed(seed)
  for (const seed of options.applications ?? []) applications.seed(seed)
  return { users, groups, applications }
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

import { type Call, type Refusal, startServer } from '../http-server.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'
import { setRateHeaders } from './app.ts'
import type { ApplicationDirectory } from './application-directory.ts'
import type { OktaCredentials } from './credentials.ts'
import { renderStatus } from './errors.ts'
import type { EventHookRegistry } from './event-hook-registry.ts'
import type { GroupDirectory } from './group-directory.ts'
import { buildEnvelope, buildHollowEvent } from './hook-envelope.ts'
import type { EventInput, LogEvent } from './log-event.ts'
import { createOrg, type OktaOrg, type OktaOrgOptions } from './org.ts'
import type { Delivery } from './outbox.ts'
import type { SystemLog } from './system-log.ts'
import { createMischiefRoutes, type DeliveryMischief } from './unruly-network.ts'
import type { UserDirectory } from './user-directory.ts'

export type OktaTenantOptions = OktaOrgOptions & { port?: number }

export type OktaTenant = AsyncDisposable & {
  url: string
  port: number
  /** The value of the first API token. */
  token: string
  calls: Call[]
  users: UserDirectory
  groups: GroupDirectory
  applications: ApplicationDirectory
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
  /** Lets events that happen within so many milliseconds travel together from now on. */
  setBatchWindow: (ms: number) => void
  /** Ends all misbehaviour; deliveries kept back go out. */
  calm: () => void
  /** Resolves when no delivery is under way. */
  idle: () => Promise<void>
  close: () => Promise<void>
}

/** Starts a simulated Okta org on 127.0.0.1: stateful, strict, and as fast or as bad as it is told to be. */
export async function startOktaTenant(options: OktaTenantOptions = {}): Promise<OktaTenant> {
  const weather = createWeather()
  const calm = (org: OktaOrg) => {
    weather.calm()
    org.outbox.calm()
  }
  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: (url) => ({ ...createOrg(url, options), refuse }),
    control: (org) => ({
      lists: { deliveries: () => org.outbox.deliveries },
      calm: () => calm(org),
      more: createMischiefRoutes({ misbehave: org.outbox.misbehave }),
    }),
  })
  const { url, port, calls, tenant: org } = server
  const { hooks, outbox } = org
  const close = async () => {
    org.close()
    await server.close()
  }

  return {
    url,
    port,
    token: org.token,
    calls,
    users: org.users,
    groups: org.groups,
    applications: org.applications,
    hooks,
    log: org.log,
    deliveries: outbox.deliveries,
    credentials: org.credentials,
    emit: org.emit,
    deliver: (hookId, body) => outbox.send(hooks.get(hookId), typeof body === 'string' ? body : JSON.stringify(body)),
    preview: (hookId, eventType = 'user.lifecycle.deactivate') => {
      const envelope = buildEnvelope({ url, hookId, events: [buildHollowEvent(eventType)] })
      return outbox.send(hooks.get(hookId), JSON.stringify(envelope))
    },
    misbehave: weather.misbehave,
    misbehaveOnDelivery: outbox.misbehave,
    setBatchWindow: outbox.setBatchWindow,
    calm: () => calm(org),
    idle: outbox.idle,
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

import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject } from '../values.ts'
import type { EventHook } from './event-hook.ts'
import { buildEnvelope } from './hook-envelope.ts'
import { type HookTransport, isDelivered, type Try } from './hook-transport.ts'
import type { LogEvent } from './log-event.ts'
import { createUnrulyNetwork, type DeliveryMischief } from './unruly-network.ts'

/** One request to a hook and what became of it; `dropped` is the network's doing, not Okta's. */
export type Delivery = {
  hookId: string
  eventId: string | undefined
  body: string
  tries: Try[]
  outcome: 'delivered' | 'failed' | 'dropped'
}

export type Outbox = {
  deliveries: Delivery[]
  /** Sends an event to every hook that wants it. */
  publish: (event: LogEvent) => void
  /** Sends a body as it is to one hook: no subscription, no batching, no mischief. */
  send: (hook: EventHook, body: string) => Promise<Delivery>
  misbehave: (rule: DeliveryMischief) => () => void
  /** Ends all mischief and sends what was kept back. */
  calm: () => void
  /** Resolves when nothing is being gathered or sent; what mischief keeps back does not count. */
  idle: () => Promise<void>
  /** How long events gather from now on. */
  setBatchWindow: (ms: number) => void
  close: () => void
}

const GATHERING_POLL_MS = 5

type Parcel = { hook: EventHook; body: string }

/**
 * Turns events into requests: gathers what happens within `batchWindowMs` into one envelope per hook, sends the
 * envelopes without waiting for one another, and reports what could not be delivered.
 */
export function createOutbox(options: {
  url: string
  batchWindowMs: number
  transport: HookTransport
  subscribed: (eventType: string) => EventHook[]
  onFailure: (hook: EventHook, delivery: Delivery) => void
}): Outbox {
  const deliveries: Delivery[] = []
  const underWay = new Set<Promise<unknown>>()

  const send: Outbox['send'] = async (hook, body) => {
    const tries = await options.transport.post(hook, body)
    const outcome = isDelivered(tries) ? 'delivered' : 'failed'
    const delivery: Delivery = { hookId: hook.id, eventId: eventIdOf(body), body, tries, outcome }
    deliveries.push(delivery)
    if (outcome === 'failed') options.onFailure(hook, delivery)
    return delivery
  }
  const track = (work: Promise<unknown>) => {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }
  const network = createUnrulyNetwork({ send, dropped: (parcel) => deliveries.push(lost(parcel)) })
  const batches = createBatches({
    windowMs: options.batchWindowMs,
    flush: (hook, events) => {
      const body = JSON.stringify(buildEnvelope({ url: options.url, hookId: hook.id, events }))
      track(network.carry({ hook, body }))
    },
  })

  return {
    deliveries,
    publish: (event) => {
      for (const hook of options.subscribed(event.eventType)) batches.add(hook, event)
    },
    send,
    misbehave: network.misbehave,
    calm: () => track(network.calm()),
    idle: async () => {
      while (underWay.size > 0 || batches.size() > 0) {
        // A batch that still gathers waits for a timer, which a settled promise would never let run.
        await (underWay.size > 0 ? Promise.allSettled([...underWay]) : sleep(GATHERING_POLL_MS))
      }
    },
    setBatchWindow: batches.setWindow,
    close: batches.close,
  }
}

function lost({ hook, body }: Parcel): Delivery {
  return { hookId: hook.id, eventId: eventIdOf(body), body, tries: [], outcome: 'dropped' }
}

function eventIdOf(body: string): string | undefined {
  try {
    const envelope: unknown = JSON.parse(body)
    return isJsonObject(envelope) && typeof envelope.eventId === 'string' ? envelope.eventId : undefined
  } catch {
    return undefined
  }
}

type EventBatches = {
  add: (hook: EventHook, event: LogEvent) => void
  /** How many hooks have events that still wait for company. */
  size: () => number
  /** Changes the window for batches that start from now on. */
  setWindow: (ms: number) => void
  close: () => void
}

/** Gathers the events of each hook for `windowMs`, counted from the first; without a window each goes alone. */
function createBatches(options: {
  windowMs: number
  flush: (hook: EventHook, events: LogEvent[]) => void
}): EventBatches {
  let { windowMs } = options
  const gathering = new Map<string, { events: LogEvent[]; timer: NodeJS.Timeout }>()

  const start = (hook: EventHook, event: LogEvent) => {
    const events = [event]
    const timer = setTimeout(() => {
      gathering.delete(hook.id)
      options.flush(hook, events)
    }, windowMs)
    gathering.set(hook.id, { events, timer })
  }

  return {
    add: (hook, event) => {
      if (windowMs === 0) return options.flush(hook, [event])
      const batch = gathering.get(hook.id)
      if (batch) batch.events.push(event)
      else start(hook, event)
    },
    size: () => gathering.size,
    setWindow: (ms) => {
      windowMs = ms
    },
    close: () => {
      for (const { timer } of gathering.values()) clearTimeout(timer)
    },
  }
}

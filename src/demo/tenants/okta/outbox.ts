import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject } from '../json.ts'
import { createMischiefMaker, type DeliveryMischief } from './delivery-mischief.ts'
import type { EventHook } from './event-hook.ts'
import { buildEnvelope } from './hook-envelope.ts'
import { type HookTransport, isDelivered, type Try } from './hook-transport.ts'
import type { LogEvent } from './log-event.ts'

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
  close: () => void
}

type Parcel = { hook: EventHook; body: string }

const GATHERING_POLL_MS = 5

/**
 * Turns events into requests: gathers what happens within `batchWindowMs` into one envelope per hook, sends the
 * envelopes without waiting for one another, and reports what could not be delivered.
 */
export function createOutbox(options: {
  url: string
  batchWindowMs: number
  transport: HookTransport
  subscribed: (eventType: string) => EventHook[]
  onFailure: (delivery: Delivery) => void
}): Outbox {
  const deliveries: Delivery[] = []
  const mischief = createMischiefMaker()
  const gathering = new Map<string, { hook: EventHook; events: LogEvent[]; timer: NodeJS.Timeout }>()
  const underWay = new Set<Promise<unknown>>()
  let keptBack: Parcel[] = []

  const track = (work: Promise<unknown>) => {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }

  const send: Outbox['send'] = async (hook, body) => {
    const tries = await options.transport.post(hook, body)
    const outcome = isDelivered(tries) ? 'delivered' : 'failed'
    const delivery: Delivery = { hookId: hook.id, eventId: eventIdOf(body), body, tries, outcome }
    deliveries.push(delivery)
    if (outcome === 'failed') options.onFailure(delivery)
    return delivery
  }

  const sendAll = async (parcels: Parcel[]) => {
    for (const { hook, body } of parcels) await send(hook, body)
  }

  const dispatch = async (parcel: Parcel) => {
    const rule = mischief.take()
    if (rule?.drop) {
      deliveries.push({ ...record(parcel), tries: [], outcome: 'dropped' })
      return
    }
    if (rule?.delayMs) await sleep(rule.delayMs)
    if (rule?.reorder) {
      keptBack.push(parcel)
      if (keptBack.length >= rule.reorder) await sendAll(takeKeptBack().reverse())
      return
    }
    await send(parcel.hook, parcel.body)
    if (rule?.duplicate) await send(parcel.hook, repeat(parcel.body, rule.duplicate))
  }

  const takeKeptBack = () => {
    const parcels = keptBack
    keptBack = []
    return parcels
  }

  const post = (hook: EventHook, events: LogEvent[]) => {
    const body = JSON.stringify(buildEnvelope({ url: options.url, hookId: hook.id, events }))
    track(dispatch({ hook, body }))
  }

  const flush = (hookId: string) => {
    const batch = gathering.get(hookId)
    gathering.delete(hookId)
    if (batch) post(batch.hook, batch.events)
  }

  const gather = (hook: EventHook, event: LogEvent) => {
    if (options.batchWindowMs === 0) return post(hook, [event])
    const batch = gathering.get(hook.id)
    if (batch) batch.events.push(event)
    else gathering.set(hook.id, { hook, events: [event], timer: setTimeout(flush, options.batchWindowMs, hook.id) })
  }

  return {
    deliveries,
    publish: (event) => {
      for (const hook of options.subscribed(event.eventType)) gather(hook, event)
    },
    send,
    misbehave: mischief.add,
    calm: () => {
      mischief.clear()
      track(sendAll(takeKeptBack()))
    },
    idle: async () => {
      while (underWay.size > 0 || gathering.size > 0) {
        // A batch that still gathers waits for a timer, which a settled promise would never let run.
        await (underWay.size > 0 ? Promise.allSettled([...underWay]) : sleep(GATHERING_POLL_MS))
      }
    },
    close: () => {
      for (const { timer } of gathering.values()) clearTimeout(timer)
    },
  }
}

function record({ hook, body }: Parcel): Pick<Delivery, 'hookId' | 'eventId' | 'body'> {
  return { hookId: hook.id, eventId: eventIdOf(body), body }
}

function repeat(body: string, kind: 'same-event-id' | 'new-event-id'): string {
  const envelope: unknown = JSON.parse(body)
  if (kind === 'same-event-id' || !isJsonObject(envelope)) return body
  return JSON.stringify({ ...envelope, eventId: randomUUID() })
}

function eventIdOf(body: string): string | undefined {
  try {
    const envelope: unknown = JSON.parse(body)
    return isJsonObject(envelope) && typeof envelope.eventId === 'string' ? envelope.eventId : undefined
  } catch {
    return undefined
  }
}

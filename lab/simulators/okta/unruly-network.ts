import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { z } from 'zod'
import { takeRule } from '../simulation.ts'
import { isJsonObject } from '../values.ts'
import type { EventHook } from './event-hook.ts'

/** What the network does to deliveries that Okta believes it has sent. */
export type DeliveryMischief = {
  /** How many deliveries it lasts; without it, until it is taken back. */
  times?: number
  /** Lost on the way; Okta notices nothing. */
  drop?: boolean
  /** Sent twice: as the same request, or as a new request with the same events. */
  duplicate?: 'same-event-id' | 'new-event-id'
  delayMs?: number
  /** Keeps deliveries back until there are so many, then sends them last first. */
  reorder?: number
}

type UnrulyNetwork = {
  misbehave: (rule: DeliveryMischief) => () => void
  /** Takes one delivery to its hook, or does with it what the oldest rule says. */
  carry: (parcel: Parcel) => Promise<void>
  /** Ends all mischief and sends what was kept back. */
  calm: () => Promise<void>
}

type Parcel = { hook: EventHook; body: string }

/** The way between Okta and a hook, where deliveries get lost, doubled, late and out of order. */
export function createUnrulyNetwork(options: {
  send: (hook: EventHook, body: string) => Promise<unknown>
  dropped: (parcel: Parcel) => void
}): UnrulyNetwork {
  let rules: { rule: DeliveryMischief; left: number }[] = []
  let keptBack: Parcel[] = []

  const take = (): DeliveryMischief => {
    const [entry] = rules
    if (!entry) return {}
    entry.left -= 1
    if (entry.left <= 0) rules.shift()
    return entry.rule
  }

  const release = async (parcels: Parcel[]) => {
    keptBack = []
    for (const { hook, body } of parcels) await options.send(hook, body)
  }

  return {
    misbehave: (rule) => {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
      rules.push(entry)
      return () => {
        rules = rules.filter((other) => other !== entry)
      }
    },
    carry: async (parcel) => {
      const { drop, duplicate, delayMs, reorder } = take()
      if (drop) return options.dropped(parcel)
      if (delayMs) await sleep(delayMs)
      if (reorder) {
        keptBack.push(parcel)
        if (keptBack.length >= reorder) await release(keptBack.toReversed())
        return
      }
      await options.send(parcel.hook, parcel.body)
      if (duplicate) await options.send(parcel.hook, repeat(parcel.body, duplicate))
    },
    calm: () => {
      rules = []
      return release(keptBack)
    },
  }
}

function repeat(body: string, kind: 'same-event-id' | 'new-event-id'): string {
  const envelope: unknown = JSON.parse(body)
  if (kind === 'same-event-id' || !isJsonObject(envelope)) return body
  return JSON.stringify({ ...envelope, eventId: randomUUID() })
}

const mischief = z.strictObject({
  times: z.number().int().min(1).optional(),
  drop: z.boolean().optional(),
  duplicate: z.enum(['same-event-id', 'new-event-id']).optional(),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  reorder: z.number().int().min(1).optional(),
})

/** `POST /simulation/deliveries/weather`: what the network does to the next deliveries. */
export function createMischiefRoutes({ misbehave }: { misbehave: (rule: DeliveryMischief) => unknown }): Hono {
  return new Hono().post('/deliveries/weather', (c) => takeRule(c, mischief, (rule) => misbehave(without(rule))))
}

function without(rule: z.output<typeof mischief>): DeliveryMischief {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined))
}

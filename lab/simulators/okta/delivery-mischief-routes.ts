import { Hono } from 'hono'
import { z } from 'zod'
import { takeRule } from '../simulation.ts'
import type { DeliveryMischief } from './unruly-network.ts'

const mischief = z.strictObject({
  times: z.number().int().min(1).optional(),
  drop: z.boolean().optional(),
  duplicate: z.enum(['same-event-id', 'new-event-id']).optional(),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  reorder: z.number().int().min(1).optional(),
})

/** `POST /simulation/deliveries/weather`: what the network does to the next deliveries. */
export function deliveryMischiefRoutes({ misbehave }: { misbehave: (rule: DeliveryMischief) => unknown }): Hono {
  return new Hono().post('/deliveries/weather', (c) => takeRule(c, mischief, (rule) => misbehave(without(rule))))
}

function without(rule: z.output<typeof mischief>): DeliveryMischief {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined))
}

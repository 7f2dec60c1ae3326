import { setTimeout as sleep } from 'node:timers/promises'
import type { DeliveryMischief } from '../simulators/okta/unruly-network.ts'
import type { Misbehaviour } from '../simulators/weather.ts'
import type { Luck } from './luck.ts'
import type { Stage } from './stage.ts'

const roughMs = 2500

/** Both vendors misbehave for a while, and hooks come twice, late or in another order; then the sky clears. */
export async function disturbVendors({ tenants: { okta, auth0 }, leaseSeconds }: Stage, luck: Luck): Promise<number> {
  const until = Date.now() + roughMs
  const limitMs = (leaseSeconds * 1000) / 3
  while (Date.now() < until) {
    for (const tenant of [okta, auth0]) {
      if (luck.next() < 0.7) tenant.misbehave({ times: 1, ...luck.pick(misbehaviours(limitMs, luck)) })
    }
    if (luck.next() < 0.5) okta.misbehaveOnDelivery({ times: 1, ...luck.pick(mischief(luck)) })
    await sleep(luck.between(10, 60))
  }
  okta.calm()
  auth0.calm()
  return Date.now()
}

/** `lateMs` beyond the hub's limit: the work is done, and the hub does not learn of it. */
function misbehaviours(limitMs: number, luck: Luck): Misbehaviour[] {
  return [
    { status: 429, resetSeconds: 1 },
    { status: 500 },
    { status: 503 },
    { cut: 'before' },
    { cut: 'midway' },
    { cut: 'after' },
    { delayMs: Math.round(luck.between(20, limitMs * 0.8)) },
    { lateMs: Math.round(limitMs * 1.2) },
  ]
}

function mischief(luck: Luck): DeliveryMischief[] {
  return [
    { drop: true },
    { duplicate: 'same-event-id' },
    { duplicate: 'new-event-id' },
    { delayMs: Math.round(luck.between(50, 800)) },
    { reorder: 3 },
  ]
}

/** Writes that wait inside Auth0 for longer than the hub waits for them, and are carried out all the same. */
export async function delayWrites({ tenants: { auth0 }, leaseSeconds }: Stage, luck: Luck): Promise<number> {
  const until = Date.now() + roughMs
  const limitMs = (leaseSeconds * 1000) / 3
  let lastLandsAt = 0
  while (Date.now() < until) {
    const delayMs = Math.round(limitMs * luck.between(1.1, 2))
    auth0.misbehave({ method: 'PATCH', times: 1, delayMs })
    lastLandsAt = Date.now() + delayMs
    await sleep(luck.between(50, 200))
  }
  auth0.calm()
  await sleep(Math.max(0, lastLandsAt - Date.now()))
  return Date.now()
}

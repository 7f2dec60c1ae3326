import type { Actor } from '../core/actor.ts'
import { isRecord, type Json } from '../core/json.ts'
import type { ConnectorState, DeliveryDetails, EventRow, Journal, OrderRow } from '../journal/index.ts'
import { readActor } from '../sources/index.ts'
import { completeId } from './one-id.ts'
import { listPaused } from './stuck.ts'

/** `actor`: who acted at the authority; null: the event does not say. */
export type ShownEvent = EventRow & { actor: Actor | null }

export type ShownDelivery = DeliveryDetails & {
  actor: Actor | null
  /** What operators ordered of it, the newest first. */
  orders: OrderRow[]
}

export type Shown = { events: ShownEvent[]; deliveries: ShownDelivery[]; paused: ConnectorState[] }

const most = 100

/** Finds a delivery, or an event with all of its deliveries, by an id, its beginning, or the sender's own id. */
export async function findShown(journal: Pick<Journal, 'orders' | 'queue' | 'records'>, text: string): Promise<Shown> {
  const id = await completeId(journal, text)
  const paused = await listPaused(journal)
  const delivery = await showOne(journal, id)
  if (delivery) return { events: [], deliveries: [delivery], paused }
  const events = await journal.records.findEvents(id)
  const rows = await Promise.all(
    events.map((event) => journal.records.listDeliveries({ event: event.id, limit: most })),
  )
  const deliveries = await Promise.all(rows.flat().map((row) => showOne(journal, row.id)))
  return {
    events: events.map((event) => ({ ...event, actor: findActor(event) })),
    deliveries: deliveries.filter((one) => one !== null),
    paused,
  }
}

async function showOne(journal: Pick<Journal, 'orders' | 'records'>, id: string): Promise<ShownDelivery | null> {
  const delivery = await journal.records.showDelivery(id)
  if (!delivery) return null
  const { source, event } = delivery
  const orders = await journal.orders.listOrders({ about: [id], limit: most })
  return { ...delivery, actor: findActor({ source, data: event.data }), orders }
}

/** An event of the hub's own names nobody at the authority. */
function findActor({ source, data }: { source: string; data: Json }): Actor | null {
  return source !== 'hub' && isRecord(data) ? readActor(data.actor) : null
}

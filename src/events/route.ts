import type { ParsedEvent } from '../core/event.ts'
import { matchesPattern } from '../core/event.ts'
import type { Json } from '../core/json.ts'
import { eventLane, ownConnector, personLane } from '../core/lane.ts'
import type { NewDelivery } from '../core/queue.ts'
import { actsFor } from '../host/acts-for.ts'
import type { EdgeContext } from '../host/context.ts'
import { type Installed, revokesOnDeny } from '../host/installed.ts'

/** The type of the hub's own event about one person: every connector that has a `sync` gets it. */
export const resyncType = 'hub.resync'

type RoutedEvent = Pick<ParsedEvent, 'externalId' | 'type' | 'authorityId' | 'targetId' | 'hint' | 'trusted'> & {
  source: string
  /** Absent: a hub's own event, which needs no look at it. */
  data?: Json
  /** The person's own source, where the event is of another one: its authority is asked. */
  personSource?: string
}

/**
 * Makes the deliveries of an event: one for each connector that takes it, and one at the hub itself for people who work
 * with it. An event of a foreign sender goes nowhere. A sync delivery is deny work until a plan shows otherwise.
 */
export function route(
  event: RoutedEvent,
  { makeId, installed }: { makeId(): string; installed: readonly Installed[] },
): NewDelivery[] {
  if (!event.trusted) return []
  const authority = event.personSource ?? event.source
  const reader = installed.find(({ id }) => id === authority)
  const isMove = movesPerson(event, reader)
  const deliveries = installed.flatMap((target) => {
    const lane = eventLane({
      connector: target.id,
      authority,
      id: event.authorityId ?? event.targetId ?? event.externalId,
    })
    const draft = { connector: target.id, hint: event.hint, lane }
    const deliveries: NewDelivery[] = []
    if (event.authorityId !== null && wantsSync(target, event, isMove)) {
      deliveries.push({ ...draft, id: makeId(), kind: 'sync', direction: 'deny', authority })
    }
    if (findEdgeHandler(target, event.type) && hears(target, event.type)) {
      deliveries.push({ ...draft, id: makeId(), kind: 'on', direction: event.hint, authority: null })
    }
    return deliveries
  })
  const mayChange = event.hint !== 'neutral' || isMove || event.type === resyncType
  if (event.authorityId === null || !mayChange || !reader?.connector.read) return deliveries
  const own = { connector: ownConnector, authority }
  const lane = personLane({ ...own, authorityId: event.authorityId })
  return [...deliveries, { ...own, id: makeId(), kind: 'sync', direction: 'deny', hint: event.hint, lane }]
}

/** Whether the authority says that its person's state may be another one after this event. */
function movesPerson({ source, personSource = source, type, data }: RoutedEvent, authority?: Installed): boolean {
  if (!authority?.connector.moves || data === undefined || source !== personSource) return false
  return authority.connector.moves({ config: authority.config, type, data })
}

function wantsSync(installed: Installed, { type, hint, personSource, source }: RoutedEvent, isMove: boolean): boolean {
  const { connector } = installed
  // What was granted here once ends with the denial, whosever people the connector acts on now.
  if (revokesOnDeny(installed) && (type === resyncType || hint === 'deny' || isMove)) return true
  if (!connector.sync || !actsFor(installed, personSource ?? source)) return false
  return type === resyncType || isMove || connector.sync.on.some((pattern) => matchesPattern({ pattern, type }))
}

/** A connector's settings may narrow which events its handlers get. */
function hears({ connector, config }: Installed, type: string): boolean {
  return connector.hears?.({ config, type }) !== false
}

/** Compared loosely in its argument, as the contract's own handlers are: each pattern narrows the event. */
type EdgeHandler = { handle(context: EdgeContext): unknown }['handle']

/** Finds the handler with the narrowest pattern that matches: one event calls one handler of a connector. */
export function findEdgeHandler({ connector }: Installed, type: string): EdgeHandler | undefined {
  const handlers: Readonly<Record<string, EdgeHandler | undefined>> = connector.on ?? {}
  const patterns = Object.keys(handlers).filter((pattern) => matchesPattern({ pattern, type }))
  const [narrowest] = patterns.sort((a, b) => b.length - a.length)
  return narrowest === undefined ? undefined : handlers[narrowest]
}

import type { Clock } from '../core/clock.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { RaiseAlert } from '../events/alert.ts'
import { makeRoutedEvent } from '../events/new-event.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest, Ingested } from '../journal/index.ts'
import type { ConfiguredSource } from '../sources/index.ts'

type ReceiveNeeds = {
  ingest: Ingest
  installed: readonly Installed[]
  clock: Clock
  raiseAlert: RaiseAlert
  nudge: Nudge
}

export type Receive = (hook: {
  source: ConfiguredSource
  body: unknown
  /** The W3C trace id of the request. */
  traceId: string
  /** Aborts when the sender was answered: what is not journaled by then is not journaled. */
  signal?: AbortSignal
}) => Promise<Ingested>

/** Records what a hook says, with the deliveries that follow from it, and returns when that is committed. */
export function makeReceive({ ingest, installed, clock, raiseAlert, nudge }: ReceiveNeeds): Receive {
  return async ({ source, body, traceId, signal }) => {
    const receivedAt = clock.now().toISOString()
    const parsed = source.parse({ body, receivedAt })
    const crowds: { event: string; count: number }[] = []
    const events = parsed.map(({ authorityId, leftOut = 0, ...event }) => {
      const person = authorityId === null ? null : { source: source.id, authorityId }
      const made = makeRoutedEvent({ ...event, source: source.id, receivedAt, traceId, person }, { clock, installed })
      if (leftOut > 0) crowds.push({ event: made.id, count: leftOut })
      return made
    })
    if (events.length === 0) return { recorded: 0, duplicates: 0, ids: [], ownLanes: [] }
    const result = await ingest(events, signal)
    const woken = listWoken(events, result.ownLanes)
    if (woken.length > 0) nudge(woken)
    const foreign = events.find((event) => !event.trusted)
    // Before the answer: if this fails, the sender tries again, and the alert is raised then.
    if (foreign)
      await raiseAlert({ type: 'hub.alert.foreign_sender', about: foreign.source, facts: { event: foreign.id } })
    if (crowds[0]) {
      const count = crowds.reduce((sum, crowd) => sum + crowd.count, 0)
      const facts = { event: crowds[0].event, count }
      await raiseAlert({ type: 'hub.alert.left_out', about: source.id, occasion: receivedAt.slice(0, 13), facts })
    }
    return result
  }
}

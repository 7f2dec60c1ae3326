import type { Direction } from '../core/change.ts'
import type { Clock } from '../core/clock.ts'
import { makeId, personId } from '../core/id.ts'
import type { Json } from '../core/json.ts'
import type { PersonKey } from '../core/person.ts'
import type { NewDelivery, NewEvent } from '../core/queue.ts'
import { makeTraceId } from '../core/trace.ts'
import type { Installed } from '../host/installed.ts'
import { route } from './route.ts'

export type EventDraft = {
  source: string
  type: string
  data: Json
  /** Absent: the event's own id, so that it repeats no other. */
  externalId?: string
  requestId?: string | null
  /** Absent: a new one. */
  traceId?: string
  /** ISO time; absent: now. */
  receivedAt?: string
  /** ISO time; absent: when it was received. */
  time?: string
  /** Absent: true. */
  trusted?: boolean
  person?: PersonKey | null
  personEmail?: string
}

/** Makes an event of a draft, with deliveries that the caller made. */
export function makeEvent(draft: EventDraft & { deliveries: NewDelivery[] }, clock: Clock): NewEvent {
  return toEvent(draft, { id: makeId('evt', clock), clock })
}

type RoutedDraft = EventDraft & {
  /** Absent: neutral. */
  hint?: Direction
  /** What it is about, where that is no person: `ParsedEvent.targetId`. */
  targetId?: string | null
}

/** Makes an event of a draft, with the deliveries that routing gives it. */
export function makeRoutedEvent(
  draft: RoutedDraft,
  { clock, installed }: { clock: Clock; installed: readonly Installed[] },
): NewEvent {
  const id = makeId('evt', clock)
  const { source, type, externalId = id, hint = 'neutral', trusted = true, person, targetId = null } = draft
  const deliveries = route(
    {
      ...{ source, type, externalId, hint, trusted, targetId, data: draft.data },
      personSource: person?.source ?? source,
      authorityId: person?.authorityId ?? null,
    },
    { installed, makeId: () => makeId('dlv', clock) },
  )
  return toEvent({ ...draft, deliveries }, { id, clock })
}

function toEvent(
  draft: EventDraft & { deliveries: NewDelivery[] },
  { id, clock }: { id: string; clock: Clock },
): NewEvent {
  const { receivedAt = clock.now().toISOString(), person, personEmail } = draft
  return {
    id,
    source: draft.source,
    externalId: draft.externalId ?? id,
    requestId: draft.requestId ?? null,
    traceId: draft.traceId ?? makeTraceId(),
    type: draft.type,
    time: draft.time ?? receivedAt,
    receivedAt,
    trusted: draft.trusted ?? true,
    person: person ? { id: personId(person), source: person.source, authorityId: person.authorityId } : null,
    ...(personEmail === undefined ? {} : { personEmail }),
    data: draft.data,
    deliveries: draft.deliveries,
  }
}

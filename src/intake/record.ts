import { type AskedAccess, accessesOf, type InlineKind } from '../core/access.ts'
import { makeAttempt } from '../core/attempt.ts'
import type { Clock } from '../core/clock.ts'
import { makeId } from '../core/id.ts'
import type { Json } from '../core/json.ts'
import { emailLane, questionLane } from '../core/lane.ts'
import type { Log } from '../core/log.ts'
import type { Meter } from '../core/meter.ts'
import type { DeliveryCode } from '../core/outcome.ts'
import type { PersonKey } from '../core/person.ts'
import type { NewDelivery } from '../core/queue.ts'
import { tellSettledHook } from '../engine/ending/tell-settled.ts'
import type { KeptNotes } from '../engine/ending/tried.ts'
import { type EventDraft, makeEvent } from '../events/new-event.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest } from '../journal/index.ts'

/** An inline hook that was understood and mapped, while its sender waits. */
export type WaitingHook = {
  kind: InlineKind
  /** As the sender sent it. */
  body: unknown
  installed: Installed
  asked: AskedAccess
  /** Aborted when the sender has given up. */
  signal: AbortSignal
  /** ISO time of that. */
  deadline: string
  /** The W3C trace id of its request. */
  traceId: string
  /** Notes the id of the event, or of the delivery, that it became. */
  noteRecord(id: string): void
  /** From here on the sender may be told that it goes on. */
  markJournaled(): void
  /** The delivery that an earlier copy of the same message led to, which was not answered finally. */
  earlier: string | null
  /** Remembers, for later copies of the same message, what this one led to. */
  link(record: string): Promise<void>
}

/** A delivery that this process is about to carry out. */
type OpenDelivery = {
  /** `resolve`: a revoke of which it is not known yet whose access it takes. */
  kind?: 'resolve'
  lane: string
  /** The queue carries it out then, if this process has not. */
  dueInSeconds: number
  deadlineInSeconds: number
  dedupeKey?: string
  person?: PersonKey
}

/** How a hook ended that leads to nothing more. */
type SettledHook = {
  /** Absent: a new id. */
  id?: string
  status: 'succeeded' | 'failed' | 'superseded'
  error: string | null
  code: DeliveryCode | null
  person?: PersonKey
  /** Of a question: when it was put, and what the sender is told. */
  asking?: { startedAt: string; answer: Json; kept?: KeptNotes | undefined }
}

export type RecordHook = {
  /** Journals a delivery that is still to be carried out. Returns its id. */
  recordOpen(hook: WaitingHook, open: OpenDelivery): Promise<string>
  /** Journals a hook that leads to nothing more: how it ended, and why. Returns the delivery's id. */
  recordSettled(hook: WaitingHook, settled: SettledHook): Promise<string>
  /** Journals a hook that was not understood: an event without a delivery. Returns the event's id. */
  recordUnread(hook: { source: string; body: unknown; receivedAt: string; traceId: string }): Promise<string>
}

/** Each hook is an event of its own: a platform gives its requests no id. */
type RecordNeeds = { ingest: Ingest; clock: Clock; log: Log; meter: Meter }

export function makeRecord({ ingest, clock, log, meter }: RecordNeeds): RecordHook {
  const record = async (draft: Omit<EventDraft, 'data'> & { body: unknown; deliveries: NewDelivery[] }) => {
    const { body, ...rest } = draft
    const event = makeEvent({ ...rest, data: body as Json }, clock)
    await ingest([event])
    return event.id
  }

  const recordDelivery = async (hook: WaitingHook, delivery: NewDelivery, person?: PersonKey) => {
    const { kind, body, asked, traceId } = hook
    const { source, receivedAt, subject } = asked
    const who = person ? { person } : { personEmail: subject.email }
    const event = await record({
      source,
      receivedAt,
      traceId,
      type: `inline.${kind}`,
      body,
      ...who,
      deliveries: [delivery],
    })
    for (const id of [event, delivery.id]) hook.noteRecord(id)
    await hook.link(delivery.id)
    return event
  }

  return {
    async recordOpen(hook, { kind = hook.kind, lane, dueInSeconds, deadlineInSeconds, dedupeKey = null, person }) {
      const { asked } = hook
      const inline = { asked, accesses: accessesOf(asked), deadlineInSeconds, dedupeKey }
      const delivery = { ...makeDelivery(hook, makeId('dlv', clock)), kind, lane, dueInSeconds, inline }
      await recordDelivery(hook, delivery, person)
      return delivery.id
    },

    async recordSettled(hook, { id = makeId('dlv', clock), status, error, code, person, asking }) {
      const { asked, kind, installed } = hook
      const { startedAt = asked.receivedAt, answer = null, kept } = asking ?? {}
      const outcome = status === 'failed' ? 'permanent' : status
      const facts = { deliveryId: id, startedAt, outcome, error, ...(asking ? { answer } : {}), ...kept } as const
      // A question neither gives nor takes an access.
      const accesses = asking ? [] : accessesOf(asked)
      const lane = emailLane({ connector: installed.id, authority: asked.authority, email: asked.subject.email })
      const delivery: NewDelivery = {
        ...makeDelivery(hook, id),
        // A replay of a revoke finds out there whose access it is.
        ...(kind === 'deprovision' ? { lane } : {}),
        inline: { asked, accesses, deadlineInSeconds: 0, dedupeKey: null },
        settled: { status, error, code, answer, attempt: makeAttempt(facts, clock) },
      }
      const event = await recordDelivery(hook, delivery, person)
      const ms = clock.now().getTime() - Date.parse(startedAt)
      tellSettledHook({ source: asked.source, traceId: hook.traceId, person, event, delivery, ms }, { log, meter })
      return id
    },

    recordUnread: (hook) => record({ ...hook, type: 'unparseable', deliveries: [] }),
  }
}

/** Makes the delivery of a hook, in a lane of its own. */
function makeDelivery({ kind, installed }: WaitingHook, id: string): NewDelivery {
  const direction = kind === 'deprovision' ? 'deny' : kind === 'provision' ? 'allow' : 'neutral'
  const lane = questionLane({ connector: installed.id, deliveryId: id })
  return { id, connector: installed.id, kind, direction, hint: direction, lane, authority: null }
}

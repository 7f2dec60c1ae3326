import { z } from '@hono/zod-openapi'
import { attemptOutcomes, deliveryCodes, deliveryStatuses } from '../../core/outcome.ts'
import { deliveryKinds } from '../../core/queue.ts'
import { actor, openWord, time } from './facts.ts'

/** A delivery as a list has it. */
export const delivery = z
  .object({
    id: z.string(),
    status: openWord(deliveryStatuses),
    connector: z.string(),
    kind: openWord(deliveryKinds),
    direction: openWord(['deny', 'allow', 'neutral']),
    eventId: z.string(),
    eventType: z.string(),
    eventTime: time,
    source: z.string(),
    person: z.string().nullable(),
    authority: z.string().nullable().openapi({ description: 'The source whose id of the person `authorityId` is.' }),
    authorityId: z.string().nullable(),
    login: z.string().nullable(),
    email: z.string().nullable().openapi({ description: 'Of an inline hook: for whom it was asked.' }),
    attempts: z.int(),
    createdAt: time,
    settledAt: time.nullable(),
    nextAttemptAt: time.nullable(),
    leasedUntil: time.nullable(),
    collapsedInto: z.string().nullable().openapi({ description: 'The delivery whose run stands for this one.' }),
    lastError: z.string().nullable(),
    code: openWord(deliveryCodes).nullable(),
  })
  .openapi('Delivery')

const run = z.object({ id: z.string(), attempts: z.int(), nextAttemptAt: time.nullable() })

export const listedDelivery = delivery
  .extend({ run: run.nullable().openapi({ description: 'The run that stands for a collapsed delivery.' }) })
  .openapi('ListedDelivery')

const change = z
  .object({
    direction: z.string(),
    target: z.string(),
    action: z.string(),
    summary: z.string(),
    owed: z.boolean().optional(),
    result: openWord(['done', 'failed', 'observed']),
    error: z.string().optional(),
    note: z.string().optional(),
    durationMs: z.number(),
  })
  .openapi('Change')

export const conflict = z.object({ target: z.string(), reason: z.string() })

const attempt = z
  .object({
    number: z.int(),
    trigger: openWord(['scheduled', 'manual']),
    startedAt: time,
    durationMs: z.number(),
    outcome: openWord(attemptOutcomes),
    error: z.string().nullable(),
    state: z
      .object({ status: z.string(), access: z.string(), statusChangedAt: z.string().nullable() })
      .nullable()
      .openapi({ description: 'What the authority said of the person in this attempt.' }),
    changes: z.array(change),
    conflicts: z.array(conflict),
  })
  .openapi('Attempt')

export const order = z
  .object({ id: z.string(), kind: z.string(), by: z.string(), reason: z.string().nullable(), at: time })
  .openapi('Order', { description: 'What an operator ordered.' })

/** What an inline hook asked for; the intake fields and the comment stand in the event’s body alone. */
const asked = z
  .object({
    email: z.string(),
    application: z.string(),
    permissions: z.array(z.object({ value: z.string(), label: z.string(), target: z.string() })),
    accessLengthSeconds: z.number().nullable(),
    answer: z.string().nullable().openapi({ description: 'Of a question: what its sender was told.' }),
    isEnd: z.boolean().openapi({ description: 'The end of a grant: no sender asked for it.' }),
  })
  .openapi('Asked')

const eventFacts = z.object({
  id: z.string(),
  type: z.string(),
  time,
  receivedAt: time,
  requestId: z.string().nullable(),
  trusted: z.boolean().openapi({ description: 'False: its sender is not the configured org, and nothing acts on it.' }),
})

/** A delivery with every attempt. */
export const shownDelivery = delivery
  .extend({
    event: eventFacts.extend({ traceId: z.string().nullable() }),
    actor: actor.nullable(),
    asked: asked.nullable(),
    tries: z.array(attempt),
    orders: z.array(order),
  })
  .openapi('ShownDelivery')

export const shownEvent = eventFacts
  .extend({
    source: z.string(),
    externalId: z.string(),
    person: z.string().nullable(),
    actor: actor.nullable(),
    deliveries: z.array(delivery),
  })
  .openapi('Event')

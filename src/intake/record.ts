import { accessesOf } from '../core/access.ts'
import { makeAttempt } from '../core/attempt.ts'
import { makeId } from '../core/id.ts'
import { emailLane } from '../core/lane.ts'
import type { DeliveryCode } from '../core/outcome.ts'
import type { PersonKey } from '../core/person.ts'
import type { NewDelivery } from '../core/queue.ts'
import type { AnswerParts, InlineQuestion } from './answer-parts.ts'
import { inlineDelivery, inlineEvent } from './new-event.ts'

type Recorded = {
  status: 'succeeded' | 'failed' | 'superseded'
  error: string
  code: DeliveryCode
  person?: PersonKey
}

/** Journals a hook that led to nothing more: with how it ended, and why. Returns the delivery's id. */
export async function recordSettled(
  question: InlineQuestion,
  { status, error, code, person }: Recorded,
  parts: AnswerParts,
): Promise<string> {
  const id = makeId('dlv', parts.clock)
  const { asked } = question
  const draft = inlineDelivery({ ...question, source: question.source.id, connector: question.installed.id }, { id })
  const outcome = status === 'failed' ? 'permanent' : status
  const attempt = makeAttempt({ deliveryId: id, startedAt: question.receivedAt, outcome, error }, parts.clock)
  const { authority } = asked
  const { email } = asked.subject
  const delivery: NewDelivery = {
    ...draft,
    // Where a replay of it would find out whose access it is, as any revoke does.
    ...(draft.kind === 'deprovision' ? { lane: emailLane({ connector: draft.connector, authority, email }) } : {}),
    inline: { asked, accesses: accessesOf(asked), deadlineInSeconds: 0, dedupeKey: null },
    settled: { status, error, code, answer: null, attempt },
  }
  await parts.ingest([eventOf(question, { delivery, parts, ...(person ? { person } : {}) })])
  return id
}

/** The hook as an event with one delivery. */
export function eventOf(
  question: InlineQuestion,
  { delivery, parts, person }: { delivery: NewDelivery; parts: AnswerParts; person?: PersonKey },
) {
  const arrival = { ...question, source: question.source.id, connector: question.installed.id }
  const { email } = question.asked.subject
  return inlineEvent(arrival, { clock: parts.clock, delivery, ...(person ? { person } : { email }) })
}

import { errorMessage } from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import {
  accept,
  accessOf,
  type InlineAnswer,
  needsApproval,
  type Preapproval,
  reject,
  type Validation,
} from '../../core/inline.ts'
import { isRecord, type Json } from '../../core/json.ts'
import { alertRefused, refusedRight } from '../raise-alerts.ts'
import type { AnswerParts, InlineQuestion } from './answer-parts.ts'
import { type Arrival, inlineDelivery, inlineEvent } from './new-event.ts'
import { callMember } from './request-context.ts'

type Question = InlineQuestion & { kind: 'preapprove' | 'validate' }

type Asked = { answer: Preapproval | Validation; error: string | null }

/**
 * Puts a question to the connector and journals it with its answer. `validate` is closed, and `preapprove` goes to a
 * human, whenever there is no clear answer in time: on any error, and on the deadline.
 */
export async function ask(question: Question, parts: AnswerParts): Promise<InlineAnswer> {
  const { kind, installed, request } = question
  const id = makeId('dlv', parts.clock)
  const startedAt = parts.clock.now()
  const { answer, error } = question.isTest
    ? { answer: testAnswer(kind), error: null }
    : await askConnector(question, { id, parts })
  const arrival: Arrival = { ...question, connector: installed.id, source: question.source.id }
  const draft = inlineDelivery(arrival, { id })
  const attempt = {
    id: makeId('att', parts.clock),
    deliveryId: id,
    number: 1,
    trigger: 'scheduled' as const,
    startedAt: startedAt.toISOString(),
    durationMs: parts.clock.now().getTime() - startedAt.getTime(),
    outcome: error === null ? 'succeeded' : 'retry',
    error,
    state: null,
    changes: [],
    conflicts: [],
    answer: answer as Json,
  }
  const accesses = request.request.permissions.map((permission) => accessOf(request.request.application, permission))
  const delivery = {
    ...draft,
    inline: { request, accesses, deadlineInSeconds: 0, dedupeKey: null },
    settled: {
      status: error === null ? ('succeeded' as const) : ('failed' as const),
      error,
      answer: answer as Json,
      attempt,
    },
  }
  await parts.ingest([inlineEvent(arrival, { clock: parts.clock, delivery, email: request.request.subject.email })])
  return { kind, answer } as Extract<InlineAnswer, { kind: 'preapprove' | 'validate' }>
}

/** A vendor's trial: valid, and still nobody's access. */
function testAnswer(kind: Question['kind']): Preapproval | Validation {
  return kind === 'validate' ? accept() : needsApproval('This is a trial of the hook: nothing was looked at.')
}

async function askConnector(
  { kind, installed, request, signal, deadline }: Question,
  { id, parts }: { id: string; parts: AnswerParts },
): Promise<Asked> {
  const call = {
    installed,
    authority: undefined,
    clock: parts.clock,
    journal: parts.journal,
    signal,
    attempt: 1,
    idempotencyKey: id,
    deadline,
    request: request.request,
    until: request.until,
    person: null,
  }
  try {
    const answer = await inTime(callMember(kind, call, 'strict'), signal)
    if (isAnswer(kind, answer)) return { answer, error: null }
    return { answer: closed(kind, id), error: `${installed.id} answered ${kind} with something else than an answer.` }
  } catch (thrown) {
    const error = signal.aborted ? `No answer within ${installed.inline.budgetSeconds} s.` : errorMessage(thrown)
    const refusal = refusedRight(thrown, installed.id)
    if (refusal) await alertRefused(refusal, parts)
    return { answer: closed(kind, id), error }
  }
}

/** A handler that does not mind the signal must not hold up the answer. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {}
  const late = new Promise<never>((_, fail) => {
    stop = () => fail(new Error('late'))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function isAnswer(kind: Question['kind'], answer: unknown): answer is Preapproval | Validation {
  if (!isRecord(answer)) return false
  if (kind === 'preapprove') {
    return answer.answer === 'approve' || (answer.answer === 'needs_approval' && typeof answer.reason === 'string')
  }
  return answer.answer === 'accept' || (answer.answer === 'reject' && typeof answer.message === 'string')
}

/** No clear answer: a request is not valid, and a person decides. The requester reads it, so it says nothing of the inside. */
function closed(kind: Question['kind'], id: string): Preapproval | Validation {
  if (kind === 'preapprove') return needsApproval(`It could not be decided automatically (${id}).`)
  return reject(
    `Your request could not be checked just now. Send it again in a few minutes; if that does not help, give your identity team this reference: ${id}.`,
  )
}

import { accept, type InlineAnswer, needsApproval, type Preapproval, reject, type Validation } from '../core/access.ts'
import { makeAttempt } from '../core/attempt.ts'
import { makeId } from '../core/id.ts'
import type { Json } from '../core/json.ts'
import type { DeliveryCode } from '../core/outcome.ts'
import { askConnector } from '../engine/access/ask.ts'
import type { QuestionKind } from '../engine/access/call.ts'
import { alertRefused } from '../engine/ending/alerts.ts'
import type { AnswerParts, InlineQuestion } from './answer-parts.ts'
import { type Arrival, inlineDelivery, inlineEvent } from './new-event.ts'

type Question = InlineQuestion & { kind: QuestionKind }

type Answered = { answer: Preapproval | Validation; error: string | null; code: DeliveryCode | null }

/**
 * Puts a question to the connector and journals it with its answer. `validate` is closed, and `preapprove` goes to a
 * human, whenever there is no clear answer in time: on any error, and on the deadline.
 */
export async function ask(question: Question, parts: AnswerParts): Promise<InlineAnswer> {
  const { kind, installed, asked } = question
  const id = makeId('dlv', parts.clock)
  const startedAt = parts.clock.now()
  const { answer, error, code } = question.isTest
    ? { answer: testAnswer(kind), error: null, code: 'trial' as const }
    : await answerOf(question, { id, parts })
  const arrival: Arrival = { ...question, connector: installed.id, source: question.source.id }
  const draft = inlineDelivery(arrival, { id })
  const outcome = error === null ? 'succeeded' : 'permanent'
  const facts = { deliveryId: id, startedAt: startedAt.toISOString(), outcome, error, answer: answer as Json } as const
  const delivery = {
    ...draft,
    // No accesses: a question neither gives nor takes one.
    inline: { asked, accesses: [], deadlineInSeconds: 0, dedupeKey: null },
    settled: {
      status: error === null ? ('succeeded' as const) : ('failed' as const),
      error,
      code,
      answer: answer as Json,
      attempt: makeAttempt(facts, parts.clock),
    },
  }
  await parts.ingest([inlineEvent(arrival, { clock: parts.clock, delivery, email: asked.subject.email })])
  return { kind, answer } as Extract<InlineAnswer, { kind: 'preapprove' | 'validate' }>
}

/** A vendor's trial: valid, and still nobody's access. */
function testAnswer(kind: Question['kind']): Preapproval | Validation {
  return kind === 'validate' ? accept() : needsApproval('This is a trial of the hook: nothing was looked at.')
}

async function answerOf(question: Question, { id, parts }: { id: string; parts: AnswerParts }): Promise<Answered> {
  const { kind, installed, asked, signal, deadline } = question
  const said = await askConnector(kind, {
    installed,
    clock: parts.clock,
    signal,
    attempt: 1,
    idempotencyKey: id,
    deadline,
    asked,
  })
  if ('answer' in said) return { answer: said.answer, error: null, code: null }
  const { error, refused, wrongFields } = said.unclear
  if (refused) await alertRefused(refused, parts)
  return { answer: closed(kind, { id, wrongFields }), error, code: wrongFields === null ? 'no_answer' : 'wrong_fields' }
}

/**
 * No clear answer: a request is not valid, and a person decides. The requester reads it, so it says nothing of the
 * inside; which of the answers do not fit is theirs to put right.
 */
function closed(kind: QuestionKind, { id, wrongFields }: { id: string; wrongFields: string | null }) {
  if (kind === 'preapprove') {
    const why = wrongFields === null ? '' : `: the answers to its questions do not fit. ${wrongFields}`
    return needsApproval(`It could not be decided automatically (${id})${why || '.'}`)
  }
  if (wrongFields !== null) {
    return reject(
      `Your answers to the questions of this request do not fit. ${wrongFields} Correct that and send it again.`,
    )
  }
  return reject(
    `Your request could not be checked just now. Send it again in a few minutes; if that does not help, give your identity team this reference: ${id}.`,
  )
}

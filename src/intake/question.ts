import { accept, type InlineAnswer, needsApproval, type Preapproval, reject, type Validation } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import { makeId } from '../core/id.ts'
import type { Json } from '../core/json.ts'
import type { DeliveryCode, Outcome } from '../core/outcome.ts'
import type { WorkScope } from '../core/work-scope.ts'
import { askConnector } from '../engine/access/ask.ts'
import type { QuestionKind } from '../engine/access/call.ts'
import type { AlertRefused } from '../engine/ending/alerts.ts'
import { type KeptNotes, toKeptNotes } from '../engine/ending/tried.ts'
import type { RecordHook, WaitingHook } from './record.ts'

type QuestionHook = WaitingHook & { kind: QuestionKind }

type Answered = {
  answer: Preapproval | Validation
  error: string | null
  code: DeliveryCode | null
  /** What went wrong in the connector's calls and in its own code; absent: it was not asked. */
  kept?: KeptNotes
}

/**
 * Puts a question to the connector and journals it with its answer. `validate` is closed, and `preapprove` goes to a
 * human, whenever there is no clear answer in time: on any error, and on the deadline.
 */
export function makeQuestion({
  clock,
  scope,
  recordSettled,
  alertRefused,
}: {
  clock: Clock
  scope: WorkScope
  recordSettled: RecordHook['recordSettled']
  alertRefused: AlertRefused
}): (hook: QuestionHook) => Promise<InlineAnswer> {
  const askOnce = async (hook: QuestionHook, id: string): Promise<Answered> => {
    const { kind, installed, asked, signal, deadline, traceId } = hook
    const call = { installed, clock, signal, attempt: 1, idempotencyKey: id, deadline, asked }
    // The event gets its id when it is journaled, with the answer.
    const facts = { request_id: traceId, connector: installed.id, kind, delivery: id }
    const [said, notes] = await scope.run(facts, async (notes) => [await askConnector(kind, call), notes] as const)
    const keep = (outcome: Outcome) => toKeptNotes({ notes, outcome })
    if ('answer' in said) return { answer: said.answer, error: null, code: null, kept: keep({ kind: 'succeeded' }) }
    const { error, refused, wrongFields } = said.unclear
    if (refused) await alertRefused(refused)
    const code = wrongFields === null ? 'no_answer' : 'wrong_fields'
    const kept = keep({ kind: 'permanent', error, code })
    return { answer: closeQuestion(kind, { id, wrongFields }), error, code, kept }
  }

  return async (hook) => {
    const { kind, asked } = hook
    const id = makeId('dlv', clock)
    const startedAt = clock.now().toISOString()
    const { answer, error, code, kept } = asked.trial ? answerTrial(kind) : await askOnce(hook, id)
    const status = error === null ? 'succeeded' : 'failed'
    await recordSettled(hook, { id, status, error, code, asking: { startedAt, answer: answer as Json, kept } })
    return { kind, answer } as Extract<InlineAnswer, { kind: QuestionKind }>
  }
}

/** A platform's trial of its hook: valid, and no person's access. */
function answerTrial(kind: QuestionKind): Answered {
  const answer = kind === 'validate' ? accept() : needsApproval('This is a trial of the hook: nothing was looked at.')
  return { answer, error: null, code: 'trial' }
}

/**
 * No clear answer: a request is not valid, and a person decides. The requester reads it, so it says nothing of the
 * inside; which of the answers do not fit is theirs to put right.
 */
function closeQuestion(kind: QuestionKind, { id, wrongFields }: { id: string; wrongFields: string | null }) {
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

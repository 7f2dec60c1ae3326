import type { Preapproval, Validation } from '../../core/access.ts'
import { refuseRequest } from '../../core/answers.ts'
import { errorMessage, FencedOutError, HandlerFaultError, WrongFieldsError } from '../../core/errors.ts'
import { isRecord, type Json } from '../../core/json.ts'
import { findRefusedRight, type RefusedRight } from '../../core/outcome.ts'
import { redactText } from '../../core/redact.ts'
import { type InlineResult, type InlineRun, type MakeCall, makeResult } from './access-work.ts'
import { callQuestion, type QuestionCall, type QuestionKind } from './call.ts'

/** No answer: why, for operators. */
type Unclear = {
  error: string
  /** Which intake fields are wrong, for the person who filled them in: names, and no values. */
  wrongFields: string | null
  refused: RefusedRight | null
}

type Said = { answer: Preapproval | Validation } | { unclear: Unclear }

/** Puts a question to the connector once. Whatever is not clearly an answer within the call's signal is none. */
export async function askConnector(kind: QuestionKind, call: QuestionCall): Promise<Said> {
  const { installed, signal } = call
  const readAnswer = (said: unknown) => {
    const answer = kind === 'preapprove' ? readPreapproval(said) : readValidation(said)
    if (typeof answer !== 'string') return answer
    throw new HandlerFaultError(`${installed.id} answered ${kind} with ${answer}.`)
  }
  try {
    return { answer: await raceSignal(callQuestion(kind, call, readAnswer), signal) }
  } catch (thrown) {
    const refused = findRefusedRight(thrown, installed.id)
    if (signal.aborted) {
      const late = `No answer within ${installed.inline.budgetSeconds} s.`
      if (!(signal.reason instanceof FencedOutError)) installed.noteFault(new HandlerFaultError(late))
      return makeUnclear(late, { refused })
    }
    const error = errorMessage(thrown)
    if (!(thrown instanceof WrongFieldsError)) return makeUnclear(error, { refused })
    return makeUnclear(`The intake fields do not fit. ${error}`, { wrongFields: error })
  }
}

/**
 * Puts the question of a `validate` or `preapprove` hook again, for an operator; no sender waits for the answer. It is
 * put once: without an answer it ends too, because the operator can replay it.
 */
export function makeAskAgain({ makeCall }: { makeCall: MakeCall }): (run: InlineRun) => Promise<InlineResult> {
  return async (run) => {
    const { kind } = run.delivery
    if (kind !== 'validate' && kind !== 'preapprove') throw new Error(`${kind} is no question.`)
    const budget = AbortSignal.timeout(run.connector.inline.budgetSeconds * 1000)
    const said = await askConnector(kind, makeCall(run, AbortSignal.any([run.signal, budget])))
    run.assertHeld()
    if ('answer' in said) return { ...makeResult({ kind: 'succeeded' }, { kind: 'done' }), answer: said.answer as Json }
    const { error, refused, wrongFields } = said.unclear
    const code = wrongFields === null ? 'no_answer' : 'wrong_fields'
    return makeResult({ kind: 'permanent', error, code }, refuseRequest(error), { refused })
  }
}

function makeUnclear(error: string, rest: Partial<Unclear> = {}): Said {
  return { unclear: { error, wrongFields: null, refused: null, ...rest } }
}

/** Reads the answer, or says what it is instead. */
function readPreapproval(said: unknown): Preapproval | string {
  if (isRecord(said) && said.answer === 'approve') return { answer: 'approve' }
  if (!isRecord(said) || said.answer !== 'needs_approval') return 'something else than an answer'
  const { reason } = said
  return isSaid(reason)
    ? { answer: 'needs_approval', reason: redactText(reason) }
    : 'a call for approval without a reason'
}

function readValidation(said: unknown): Validation | string {
  if (isRecord(said) && said.answer === 'accept') return { answer: 'accept' }
  if (!isRecord(said) || said.answer !== 'reject') return 'something else than an answer'
  const { message } = said
  return isSaid(message) ? { answer: 'reject', message: redactText(message) } : 'a refusal without a message'
}

/** False for a text of blanks and invisible signs: it tells the requester nothing. */
function isSaid(text: unknown): text is string {
  return typeof text === 'string' && /[^\s\p{C}\p{Z}]/u.test(text)
}

/** Rejects when the signal aborts: a handler that ignores the signal must not hold up the answer. */
function raceSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('late'))
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

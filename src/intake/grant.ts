import { accessesOf, type InlineAnswer } from '../core/access.ts'
import { answerTooLate, refuseRequest } from '../core/answers.ts'
import { sha256, toHex } from '../core/crypto.ts'
import { errorMessage } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import { emailLane, personLane } from '../core/lane.ts'
import { findRefusedRight } from '../core/outcome.ts'
import type { PersonState } from '../core/person.ts'
import { alertRefused } from '../engine/ending/alerts.ts'
import { makeAccessNews } from '../events/access-news.ts'
import { findHolders } from '../host/authority.ts'
import type { AnswerParts, InlineQuestion } from './answer-parts.ts'
import { finish } from './foreground.ts'
import { inlineDelivery } from './new-event.ts'
import { eventOf, recordSettled } from './record.ts'

/**
 * Gives access while the sender waits, or not at all: to somebody whom the authority knows and does not lock out, once
 * for a request that has an address of its own.
 */
export async function provision(question: InlineQuestion, parts: AnswerParts): Promise<InlineAnswer> {
  const { installed, asked, signal } = question
  const dedupeKey = dedupeKeyOf(question)
  if (dedupeKey !== null) {
    const done = await parts.journal.access.findStandingProvision({
      dedupeKey,
      hours: installed.inline.dedupeHours,
      emailLane: emailLane({ connector: installed.id, authority: asked.authority, email: asked.subject.email }),
    })
    if (done) {
      await recordSettled(
        question,
        { status: 'superseded', error: `Answered again: ${done} did it.`, code: 'answered_again' },
        parts,
      )
      return { kind: 'done' }
    }
  }
  const who = await subjectOf(question, parts)
  if ('answer' in who) return who.answer
  const person = { source: asked.authority, authorityId: who.state.authorityId }
  if (parts.policy.mode === 'observe') {
    const error = 'Observing: nothing was given.'
    await recordSettled(question, { status: 'superseded', error, code: 'observing', person }, parts)
    return { kind: 'not_done', code: 'observing', reason: error }
  }
  const id = makeId('dlv', parts.clock)
  const lane = personLane({ connector: installed.id, authority: person.source, authorityId: person.authorityId })
  const secondsLeft = Math.max(0, (Date.parse(question.deadline) - parts.clock.now().getTime()) / 1000)
  const draft = inlineDelivery({ ...question, source: question.source.id, connector: installed.id }, { id })
  const delivery = {
    ...draft,
    lane,
    // Nobody but this process carries it out; when the time is over, the queue clears up whatever became of it.
    dueInSeconds: secondsLeft + graceSeconds,
    inline: { asked, accesses: accessesOf(asked), deadlineInSeconds: secondsLeft, dedupeKey },
  }
  await parts.ingest([eventOf(question, { delivery, parts, person })])
  parts.nudge()
  const finished = await finish({ deliveryId: id, lane, signal, state: who.state }, parts)
  if (finished?.reply.kind === 'done') parts.nudge()
  return finished?.reply ?? answerTooLate(`It could not be begun within ${installed.inline.budgetSeconds} s.`)
}

/** This process settles its own grant a moment after the deadline; the queue must not come first. */
const graceSeconds = 2

type Who = { state: PersonState } | { answer: InlineAnswer }

async function subjectOf(question: InlineQuestion, parts: AnswerParts): Promise<Who> {
  const { asked, signal } = question
  const { email } = asked.subject
  const authority = parts.installed.find(({ id }) => id === asked.authority)
  try {
    if (!authority) throw new Error(`The authority ${asked.authority} is not configured here.`)
    const holders = await findHolders({ authority, email, signal, clock: parts.clock })
    const found = findSubject(holders, email)
    if (!('refusal' in found)) return { state: found }
    const [only] = holders
    const person = only && holders.length === 1 ? { source: authority.id, authorityId: only.authorityId } : null
    await refuse(question, { reason: found.refusal, ...(person ? { person } : {}) }, parts)
    return { answer: refuseRequest(found.refusal) }
  } catch (thrown) {
    const error = signal.aborted ? 'The authority did not answer in time.' : errorMessage(thrown)
    const refusal = findRefusedRight(thrown, asked.authority)
    if (refusal) await alertRefused(refusal, parts)
    await recordSettled(question, { status: 'superseded', error: `Not begun: ${error}`, code: 'not_begun' }, parts)
    return { answer: answerTooLate('The authority cannot be read: while it cannot, nothing is given.') }
  }
}

type Refusal = { reason: string; person?: { source: string; authorityId: string } }

async function refuse(question: InlineQuestion, { reason, person }: Refusal, parts: AnswerParts): Promise<void> {
  const delivery = await recordSettled(
    question,
    { status: 'failed', error: reason, code: 'refused', ...(person ? { person } : {}) },
    parts,
  )
  const connector = question.installed.id
  const { asked } = question
  await parts.tellAccess([makeAccessNews({ type: 'hub.access.refused', connector, asked, delivery, reason })])
}

/** Only a request with an address of its own can be told from another one of the same content. */
function dedupeKeyOf({ source, installed, asked }: InlineQuestion): string | null {
  const { taskUrl, subject } = asked
  if (taskUrl === null || installed.inline.dedupeHours === 0) return null
  const parts = [source.id, installed.id, taskUrl, subject.email.toLowerCase(), ...accessesOf(asked).toSorted()]
  return toHex(sha256(new TextEncoder().encode(JSON.stringify(parts))))
}

/** Finds the one person who may be given access, or says why there is none. */
function findSubject(holders: readonly PersonState[], email: string): PersonState | { refusal: string } {
  const [first, ...others] = holders.filter(({ access }) => access !== 'deny')
  if (first && others.length === 0) return first
  if (first) return { refusal: `Several people have the e-mail ${email}: which of them is meant cannot be guessed.` }
  const [denied] = holders
  if (denied) return { refusal: `The person with the e-mail ${email} is locked out: ${denied.status}.` }
  return { refusal: `The authority knows nobody with the e-mail ${email}.` }
}

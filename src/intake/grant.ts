import { accessesOf, type InlineAnswer } from '../core/access.ts'
import { answerObserving, answerTooLate, refuseRequest } from '../core/answers.ts'
import type { Clock } from '../core/clock.ts'
import { sha256, toHex } from '../core/crypto.ts'
import { foldEmail } from '../core/email.ts'
import { errorMessage } from '../core/errors.ts'
import { personId } from '../core/id.ts'
import { emailLane, personLane } from '../core/lane.ts'
import { findRefusedRight } from '../core/outcome.ts'
import type { PersonKey, PersonState } from '../core/person.ts'
import type { Nudge } from '../core/woken.ts'
import type { AlertRefused } from '../engine/ending/alerts.ts'
import type { IsObserving } from '../engine/is-observing.ts'
import { makeAccessNews, type TellAccess } from '../events/access-news.ts'
import { findHolders } from '../host/authority.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'
import type { FinishDelivery } from './foreground.ts'
import type { RecordHook, WaitingHook } from './record.ts'

/** This process settles its own grant a moment after the deadline; the queue must not come first. */
const graceSeconds = 2

/**
 * Gives access while the sender waits, or not at all: to a person whom the authority knows and does not lock out, once
 * for a request that has an address of its own.
 */
export function makeGrant({
  journal,
  clock,
  isObserving,
  recordOpen,
  recordSettled,
  findSubject,
  finishDelivery,
  nudge,
}: {
  journal: Pick<Journal, 'access'>
  clock: Clock
  isObserving: IsObserving
  recordOpen: RecordHook['recordOpen']
  recordSettled: RecordHook['recordSettled']
  findSubject: FindSubject
  finishDelivery: FinishDelivery
  nudge: Nudge
}): (hook: WaitingHook) => Promise<InlineAnswer> {
  const findRepeated = async ({ installed, asked }: WaitingHook, dedupeKey: string | null) => {
    if (dedupeKey === null) return null
    const { authority, subject } = asked
    return journal.access.findStandingProvision({
      dedupeKey,
      hours: installed.inline.dedupeHours,
      emailLane: emailLane({ connector: installed.id, authority, email: subject.email }),
    })
  }

  return async (hook) => {
    const { installed, asked, signal, deadline } = hook
    if (hook.earlier !== null) {
      const { authority, subject } = asked
      const lane = emailLane({ connector: installed.id, authority, email: subject.email })
      const done = await journal.access.isProvisionStanding({ deliveryId: hook.earlier, emailLane: lane })
      if (done) return { kind: 'done' }
    }
    if (asked.until !== null && Date.parse(asked.until) <= clock.now().getTime()) {
      const error = 'The time for which it was asked is over, counted from when it was asked for first.'
      await recordSettled(hook, { status: 'superseded', error, code: 'already_over' })
      return refuseRequest(error)
    }
    const dedupeKey = makeDedupeKey(hook)
    const repeated = await findRepeated(hook, dedupeKey)
    if (repeated !== null) {
      const error = `Answered again: ${repeated} did it.`
      await recordSettled(hook, { status: 'superseded', error, code: 'answered_again' })
      return { kind: 'done' }
    }
    const found = await findSubject(hook)
    if ('answer' in found) return found.answer
    const { state } = found
    const person = { source: asked.authority, authorityId: state.authorityId }
    if (await isObserving(personId(person))) {
      const error = 'Observing: nothing was given.'
      await recordSettled(hook, { status: 'superseded', error, code: 'observing', person })
      return answerObserving(error)
    }
    const lane = personLane({ connector: installed.id, authority: person.source, authorityId: person.authorityId })
    const secondsLeft = Math.max(0, (Date.parse(deadline) - clock.now().getTime()) / 1000)
    const id = await recordOpen(hook, {
      lane,
      person,
      // Only this process carries it out; when the time is over, the queue clears up what became of it.
      dueInSeconds: secondsLeft + graceSeconds,
      deadlineInSeconds: secondsLeft,
      ...(dedupeKey === null ? {} : { dedupeKey }),
    })
    nudge([lane])
    const finished = await finishDelivery({ deliveryId: id, lane, signal, state })
    if (finished?.reply.kind === 'done') nudge([lane])
    return finished?.reply ?? answerTooLate(`It could not be begun within ${installed.inline.budgetSeconds} s.`)
  }
}

/** Only a request with an address of its own can be told from another one of the same content. */
function makeDedupeKey({ installed, asked }: WaitingHook): string | null {
  const { source, taskUrl, subject } = asked
  if (taskUrl === null || installed.inline.dedupeHours === 0) return null
  const parts = [source, installed.id, taskUrl, foldEmail(subject.email), ...accessesOf(asked).toSorted()]
  return toHex(sha256(new TextEncoder().encode(JSON.stringify(parts))))
}

/** Finds the person who may be given access; when there is none, records the hook as ended and says what is answered. */
export type FindSubject = (hook: WaitingHook) => Promise<{ state: PersonState } | { answer: InlineAnswer }>

export function makeFindSubject({
  installed,
  clock,
  recordSettled,
  alertRefused,
  tellAccess,
}: {
  installed: readonly Installed[]
  clock: Clock
  recordSettled: RecordHook['recordSettled']
  alertRefused: AlertRefused
  tellAccess: TellAccess
}): FindSubject {
  const refuse = async (hook: WaitingHook, reason: string, person: PersonKey | null) => {
    const ended = { status: 'failed', error: reason, code: 'refused' } as const
    const delivery = await recordSettled(hook, { ...ended, ...(person ? { person } : {}) })
    const news = {
      type: 'hub.access.refused',
      connector: hook.installed.id,
      asked: hook.asked,
      delivery,
      reason,
    } as const
    await tellAccess([makeAccessNews(news)])
  }

  return async (hook) => {
    const { asked, signal } = hook
    const { email } = asked.subject
    const authority = installed.find(({ id }) => id === asked.authority)
    try {
      if (!authority) throw new Error(`The authority ${asked.authority} is not configured here.`)
      const holders = await findHolders({ authority, email, signal, clock })
      const found = chooseSubject(holders, email)
      if (!('refusal' in found)) return { state: found }
      const [only] = holders
      const person = only && holders.length === 1 ? { source: authority.id, authorityId: only.authorityId } : null
      await refuse(hook, found.refusal, person)
      return { answer: refuseRequest(found.refusal) }
    } catch (thrown) {
      const error = signal.aborted ? 'The authority did not answer in time.' : errorMessage(thrown)
      const refused = findRefusedRight(thrown, asked.authority)
      if (refused) await alertRefused(refused)
      await recordSettled(hook, { status: 'superseded', error: `Not begun: ${error}`, code: 'not_begun' })
      return { answer: answerTooLate('The authority cannot be read: while it cannot, nothing is given.') }
    }
  }
}

/** Chooses the one person who may be given access, or says why there is none. */
function chooseSubject(holders: readonly PersonState[], email: string): PersonState | { refusal: string } {
  const [first, ...others] = holders.filter(({ access }) => access !== 'deny')
  if (first && others.length === 0) return first
  if (first) return { refusal: `Several people have the e-mail ${email}: which of them is meant cannot be guessed.` }
  const [denied] = holders
  if (denied) return { refusal: `The authority denies the person with the e-mail ${email}: ${denied.status}.` }
  return { refusal: `The authority knows nobody with the e-mail ${email}.` }
}

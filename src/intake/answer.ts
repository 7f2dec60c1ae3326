import type { InlineAnswer, InlineKind } from '../core/access.ts'
import { answerGoesOn, answerTooLate } from '../core/answers.ts'
import type { Clock } from '../core/clock.ts'
import { makeCountedLog } from '../core/counted-log.ts'
import type { Log } from '../core/log.ts'
import type { Meter } from '../core/meter.ts'
import type { HubPolicy } from '../core/policy.ts'
import { journaledWithin, within } from '../core/wait.ts'
import type { Nudge } from '../core/woken.ts'
import type { WorkScope } from '../core/work-scope.ts'
import type { Deliver } from '../engine/deliver.ts'
import type { AlertRefused } from '../engine/ending/alerts.ts'
import { makeIsObserving } from '../engine/is-observing.ts'
import type { TellAccess } from '../events/access-news.ts'
import type { RaiseAlert } from '../events/alert.ts'
import { explainForeign, isForeign } from '../host/acts-for.ts'
import { explainUnmapped } from '../host/allow-list.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest, Journal } from '../journal/index.ts'
import { buildAsked, mapRequest } from './asked.ts'
import { makeFinish } from './foreground.ts'
import { makeFindSubject, makeGrant } from './grant.ts'
import { type CarryOut, type InlineHook, makeAnswerOnce } from './message.ts'
import { makeQuestion } from './question.ts'
import { makeRecord, type WaitingHook } from './record.ts'
import { makeRevoke } from './revoke.ts'

/** What the sender is told, and under which ids the journal has it; null: it has not. */
type AnsweredHook = { answer: InlineAnswer; event: string | null; delivery: string | null }

export type AnswerInline = {
  /** Whether there is such a connector, and whether it serves this kind. */
  serves(route: { connector: string; kind: InlineKind }): boolean
  /** Rejects only when the journal cannot be written, and nothing of it goes on. */
  answer(hook: InlineHook): Promise<AnsweredHook>
  /** Answers at once whoever waits, and whoever comes: the process ends. What is journaled goes on elsewhere. */
  giveUpWaiting(): void
  /** Returns when nothing is under way any more. */
  stop(): Promise<void>
}

type AnswerNeeds = {
  journal: Journal
  ingest: Ingest
  installed: readonly Installed[]
  deliver: Deliver
  raiseAlert: RaiseAlert
  alertRefused: AlertRefused
  tellAccess: TellAccess
  clock: Clock
  log: Log
  meter: Meter
  scope: WorkScope
  policy: Pick<HubPolicy, 'mode'>
  leaseSeconds: number
  nudge: Nudge
}

/** A journal that hangs must not be answered for. */
const journalSeconds = 2

/** The journal may hang, and a handler may not mind its signal: the sender is answered all the same. */
const graceSeconds = 1

/** Takes an inline hook, has it carried out or asked, and says what its sender is told: within the connector's budget. */
export function makeAnswer(needs: AnswerNeeds): AnswerInline {
  const { installed, log, clock } = needs
  const tell = makeCountedLog({ log, clock, everySeconds: 1 })
  const answerHook = makeAnswerHook(needs)
  const underWay = new Set<Promise<unknown>>()
  const ending = new AbortController()
  const find = (id: string) => installed.find((one) => one.id === id)

  /** What is committed goes on, whatever became of this attempt. */
  const answerFailed = (thrown: unknown, { source, connector, kind }: InlineHook, isJournaled: boolean) => {
    if (kind !== 'deprovision' || !isJournaled) throw thrown
    const facts = { source: source.id, connector, err: thrown }
    tell(source.id, {
      level: 'error',
      facts,
      message: 'A journaled revoke could not be carried out at once: it goes on',
    })
    return answerGoesOn('It is journaled and could not be carried out at once: it goes on until it is done.')
  }

  return {
    serves: ({ connector, kind }) => find(connector)?.connector[kind] !== undefined,
    async answer(hook) {
      const target = find(hook.connector)
      if (!target) throw new Error(`${hook.connector} is not configured here.`)
      let isJournaled = false
      const markJournaled = () => {
        isJournaled = true
      }
      const ids: Omit<AnsweredHook, 'answer'> = { event: null, delivery: null }
      const noteRecord = (id: string) => {
        ids[id.startsWith('dlv_') ? 'delivery' : 'event'] = id
      }
      const work = answerHook(hook, target, { markJournaled, noteRecord }).catch((thrown) =>
        answerFailed(thrown, hook, isJournaled),
      )
      const ended = () => underWay.delete(work)
      underWay.add(work)
      work.then(ended, ended)
      // A revoke goes on in this process when its sender has to be answered; anything else ends by itself before that.
      const { budgetSeconds } = target.inline
      const isRevoke = hook.kind === 'deprovision'
      const seconds = isRevoke ? budgetSeconds : budgetSeconds + graceSeconds
      const late = () => answerLate({ isRevoke, isJournaled, when: explainLate(ending.signal, budgetSeconds) })
      return { answer: await within(work, seconds, late, ending.signal), ...ids }
    },
    giveUpWaiting: () => ending.abort(),
    async stop() {
      await Promise.allSettled(underWay)
    },
  }
}

function explainLate(ending: AbortSignal, budgetSeconds: number): string {
  return ending.aborted ? 'before this process ended' : `within ${budgetSeconds} s`
}

type Late = { isRevoke: boolean; isJournaled: boolean; when: string }

function answerLate({ isRevoke, isJournaled, when }: Late): InlineAnswer {
  const reason = `It is not done ${when}`
  if (!isRevoke) return answerTooLate(`${reason}.`)
  if (isJournaled) return answerGoesOn(`${reason}, and goes on until it is.`)
  return {
    kind: 'not_done',
    code: 'journal_unavailable',
    reason: 'The journal did not take it in time: send it again.',
  }
}

type Marks = Pick<WaitingHook, 'markJournaled' | 'noteRecord'>

type AnswerHook = (hook: InlineHook, installed: Installed, marks: Marks) => Promise<InlineAnswer>

/** The one path of an inline hook: once for a message, parse, map once, build the request once, then choose its way. */
function makeAnswerHook(needs: AnswerNeeds): AnswerHook {
  const { journal, clock, log } = needs
  const { ways, recordUnread } = makeWays(needs)
  const answerOnce = makeAnswerOnce(needs)

  type Given = Pick<WaitingHook, 'installed' | 'signal' | 'deadline' | keyof Marks>

  const carryOut = ({ source, connector, kind, body, traceId }: InlineHook, given: Given): CarryOut => {
    const { installed } = given
    return async ({ receivedAt, earlier, link }) => {
      const read = source.inline.parse(body)
      if ('refused' in read) {
        const event = await recordUnread({ source: source.id, body, receivedAt, traceId })
        given.noteRecord(event)
        await link(event)
        const facts = { source: source.id, connector, kind, event, reason: read.refused }
        log.warn(facts, 'An inline hook was not understood')
        // There is no delivery: the event's id is the way to what came.
        return { kind: 'refused', code: 'wrong_request', reason: read.refused, event }
      }
      const { request } = read
      const isTrial = source.inline.isTest(request)
      const mapped = await mapRequest(request, { kind, isTrial, installed, journal })
      const asked = buildAsked(request, { source, receivedAt, isTrial, mapped })
      const waiting: WaitingHook = { kind, body, asked, traceId, earlier, link, ...given }
      if (kind === 'validate' || kind === 'preapprove') return ways.answerQuestion({ ...waiting, kind })
      if (isTrial) return ways.answerTrial(waiting)
      if (await isForeign(waiting, journal)) return ways.refuseForeign(waiting)
      if (mapped.unmapped.length > 0) return ways.refuseUnmapped(waiting, mapped.unmapped)
      return kind === 'provision' ? ways.giveAccess(waiting) : ways.takeAccessAway(waiting)
    }
  }

  return async (hook, installed, marks) => {
    const { budgetSeconds } = installed.inline
    const now = clock.now()
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(new Error('The sender has given up.')), budgetSeconds * 1000)
    const { signal } = controller
    try {
      const deadline = new Date(now.getTime() + budgetSeconds * 1000).toISOString()
      const work = carryOut(hook, { installed, signal, deadline, ...marks })
      return await answerOnce(
        hook,
        { receivedAt: now.toISOString(), signal, budgetSeconds, noteRecord: marks.noteRecord },
        work,
      )
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Binds the ways that a hook can go, once. */
function makeWays(needs: AnswerNeeds) {
  const { policy, raiseAlert } = needs
  const ingest: Ingest = (events) => journaledWithin((signal) => needs.ingest(events, signal), journalSeconds)
  const { recordUnread, ...record } = makeRecord({ ...needs, ingest })
  const bound = {
    ...needs,
    ...record,
    isObserving: makeIsObserving({ mode: policy.mode, journal: needs.journal }),
    finishDelivery: makeFinish(needs),
  }

  const answerTrial = async (hook: WaitingHook): Promise<InlineAnswer> => {
    const error = 'A trial of the hook: nothing was done.'
    await record.recordSettled(hook, { status: 'succeeded', error, code: 'trial' })
    return { kind: 'done' }
  }

  /** No setting allows it: recorded, alerted, and nothing happens. */
  const refuse = async (hook: WaitingHook, reason: string, what: string): Promise<InlineAnswer> => {
    const delivery = await record.recordSettled(hook, { status: 'failed', error: reason, code: 'unmapped' })
    const about = `${hook.installed.id}/${what}`
    await raiseAlert({ type: 'hub.alert.unmapped_request', about, facts: { delivery, error: reason } })
    return { kind: 'refused', code: 'unmapped_request', reason }
  }

  const refuseUnmapped = (hook: WaitingHook, values: readonly string[]) => {
    const { installed, asked } = hook
    const what = `${asked.application.id}/${values[0] ?? ''}`
    return refuse(hook, explainUnmapped(asked, { installed, values }), what)
  }

  const refuseForeign = (hook: WaitingHook) =>
    refuse(hook, explainForeign(hook.installed, hook.asked.authority), hook.asked.authority)

  const ways = {
    answerQuestion: makeQuestion(bound),
    answerTrial,
    refuseUnmapped,
    refuseForeign,
    giveAccess: makeGrant({ ...bound, findSubject: makeFindSubject(bound) }),
    takeAccessAway: makeRevoke(bound),
  }
  return { ways, recordUnread }
}

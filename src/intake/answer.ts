import {
  type AskedAccess,
  endOf,
  type InlineAnswer,
  type InlineKind,
  type Permission,
  type ReceivedRequest,
} from '../core/access.ts'
import { answerGoesOn, answerTooLate } from '../core/answers.ts'
import { journaledWithin, within } from '../core/wait.ts'
import { mapGrant, mapQuestion, mapRevoke, notAllowed } from '../host/allow-list.ts'
import type { Ingest } from '../journal/index.ts'
import type { ConfiguredSource } from '../sources/index.ts'
import type { AnswerParts, InlineQuestion, Progress } from './answer-parts.ts'
import { provision } from './grant.ts'
import { inlineEvent } from './new-event.ts'
import { ask } from './question.ts'
import { recordSettled } from './record.ts'
import { deprovision } from './revoke.ts'

type InlineHook = { source: ConfiguredSource; connector: string; kind: InlineKind; body: unknown }

export type AnswerInline = {
  /** Whether there is such a connector, and whether it serves this kind. */
  serves(route: { connector: string; kind: InlineKind }): boolean
  /** Rejects only when the journal cannot be written, and nothing of it goes on. */
  answer(hook: InlineHook): Promise<InlineAnswer>
  /** Returns when nothing is under way any more. */
  stop(): Promise<void>
}

/** Takes an inline hook, has it carried out or asked, and says what its sender is told: within the connector's budget. */
export function makeAnswer(given: AnswerParts): AnswerInline {
  const ingest: Ingest = (events) => journaledWithin(given.ingest(events), journalSeconds)
  const parts = { ...given, ingest }
  const underWay = new Set<Promise<unknown>>()
  const find = (id: string) => parts.installed.find((one) => one.id === id)

  const answer = async (hook: InlineHook, progress: Progress): Promise<InlineAnswer> => {
    const installed = find(hook.connector)
    const { inline } = hook.source
    if (!installed || !inline) throw new Error(`${hook.connector} serves no inline hooks of ${hook.source.id}.`)
    const { budgetSeconds } = installed.inline
    const receivedAt = parts.clock.now()
    const deadline = new Date(receivedAt.getTime() + budgetSeconds * 1000).toISOString()
    const base = {
      ...hook,
      source: { id: hook.source.id, inline },
      installed,
      receivedAt: receivedAt.toISOString(),
      deadline,
      progress,
    }
    const read = inline.parse(hook.body)
    if ('refused' in read) return unread(hook, { refusal: read.refused, receivedAt: base.receivedAt, parts })

    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(new Error('The sender has given up.')), budgetSeconds * 1000)
    try {
      const isTest = inline.isTest(read.request)
      return await carryOut({ ...base, isTest, signal: controller.signal }, read.request, parts)
    } finally {
      clearTimeout(timer)
    }
  }

  /** What is committed goes on, whatever became of this attempt. */
  const afterAll = (thrown: unknown, { source, connector, kind }: InlineHook, { journaled }: Progress) => {
    if (kind !== 'deprovision' || !journaled) throw thrown
    const facts = { source: source.id, connector, err: thrown }
    find(connector)?.log.error(facts, 'A journaled revoke could not be carried out at once: it goes on')
    return answerGoesOn('It is journaled and could not be carried out at once: it goes on until it is done.')
  }

  return {
    serves: ({ connector, kind }) => find(connector)?.connector[kind] !== undefined,
    answer(hook) {
      const progress = { journaled: false }
      const work = answer(hook, progress).catch((thrown) => afterAll(thrown, hook, progress))
      const ended = () => underWay.delete(work)
      underWay.add(work)
      work.then(ended, ended)
      const budgetSeconds = find(hook.connector)?.inline.budgetSeconds ?? 0
      return inBudget(work, { isRevoke: hook.kind === 'deprovision', budgetSeconds, progress })
    },
    async stop() {
      await Promise.allSettled(underWay)
    },
  }
}

/** A journal that hangs must not be answered for. */
const journalSeconds = 2

/** The journal may hang, and a handler may not mind its signal: the sender is answered all the same. */
const graceSeconds = 1

/** A revoke goes on in this process when its sender has to be answered; anything else ends by itself before that. */
function inBudget(
  work: Promise<InlineAnswer>,
  { isRevoke, budgetSeconds, progress }: { isRevoke: boolean; budgetSeconds: number; progress: Progress },
): Promise<InlineAnswer> {
  const lateAnswer = (): InlineAnswer => {
    const reason = `It is not done within ${budgetSeconds} s`
    if (!isRevoke) return answerTooLate(`${reason}.`)
    if (progress.journaled) return answerGoesOn(`${reason}, and goes on until it is.`)
    return {
      kind: 'not_done',
      code: 'journal_unavailable',
      reason: 'The journal did not take it in time: send it again.',
    }
  }
  return within(work, isRevoke ? budgetSeconds : budgetSeconds + graceSeconds, lateAnswer)
}

type Unread = { refusal: string; receivedAt: string; parts: AnswerParts }

/** Such a hook is no delivery, in no list: its event's id is the way to what came. */
async function unread(hook: InlineHook, { refusal, receivedAt, parts }: Unread): Promise<InlineAnswer> {
  const { connector, kind } = hook
  const arrival = { ...hook, source: hook.source.id, receivedAt }
  const event = inlineEvent(arrival, { clock: parts.clock, delivery: null, type: 'unparseable' })
  await parts.ingest([event])
  const facts = { source: arrival.source, connector, kind, event: event.id, reason: refusal }
  parts.log.warn(facts, 'An inline hook was not understood')
  return { kind: 'refused', code: 'wrong_request', reason: refusal, event: event.id }
}

type Draft = Omit<InlineQuestion, 'asked'>

async function carryOut(draft: Draft, request: ReceivedRequest, parts: AnswerParts): Promise<InlineAnswer> {
  const { kind, installed } = draft
  if (kind === 'validate' || kind === 'preapprove') {
    const permissions = mapQuestion(request, installed)
    return ask({ ...draft, kind, asked: toAsked(draft, { request, permissions, whole: false }) }, parts)
  }
  if (draft.isTest) {
    const permissions = mapQuestion(request, installed)
    const question = { ...draft, asked: toAsked(draft, { request, permissions, whole: false }) }
    await recordSettled(
      question,
      { status: 'succeeded', error: 'A trial of the hook: nothing was done.', code: 'trial' },
      parts,
    )
    return { kind: 'done' }
  }
  const mapped =
    kind === 'provision' ? mapGrant(request, installed) : await mapRevoke(request, installed, parts.journal)
  if ('unmapped' in mapped) return unmapped(draft, { request, values: mapped.unmapped, parts })
  const question = { ...draft, asked: toAsked(draft, { request, ...mapped }) }
  return kind === 'provision' ? provision(question, parts) : deprovision(question, parts)
}

type ToAsked = { request: ReceivedRequest; permissions: Permission[]; whole: boolean }

function toAsked({ source, receivedAt, isTest }: Draft, { request, permissions, whole }: ToAsked): AskedAccess {
  return {
    ...request,
    permissions,
    source: source.id,
    authority: source.inline.authority,
    receivedAt,
    until: endOf(request, new Date(receivedAt)),
    whole,
    endsAccess: source.inline.endsAccess,
    ...(isTest ? { trial: true } : {}),
  }
}

type Unmapped = { request: ReceivedRequest; values: string[]; parts: AnswerParts }

/** Nobody said that this may be asked for: recorded, alerted, and nothing happens. */
async function unmapped(draft: Draft, { request, values, parts }: Unmapped): Promise<InlineAnswer> {
  const { installed } = draft
  const reason = notAllowed(request, { installed, values })
  const permissions = mapQuestion(request, installed)
  const asked = toAsked(draft, { request, permissions, whole: false })
  const question = { ...draft, asked: { ...asked, unmapped: true as const } }
  const delivery = await recordSettled(question, { status: 'failed', error: reason, code: 'unmapped' }, parts)
  const about = `${installed.id}/${request.application.id}/${values[0] ?? ''}`
  await parts.raiseAlert({ type: 'hub.alert.unmapped_request', about, facts: { delivery, error: reason } })
  return { kind: 'refused', code: 'unmapped_request', reason }
}

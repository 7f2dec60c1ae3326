import type { InlineAnswer, InlineKind } from '../core/access.ts'
import { answerGoesOn, answerHindered, answerTooLate } from '../core/answers.ts'
import type { Clock } from '../core/clock.ts'
import { makeCountedLog } from '../core/counted-log.ts'
import { emailLane } from '../core/lane.ts'
import type { Log } from '../core/log.ts'
import { abortableWait, journaledWithin } from '../core/wait.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { HeldMessage, Journal } from '../journal/index.ts'
import type { ConfiguredInline } from '../sources/index.ts'

/** An inline hook as it came in, its sender known. */
export type InlineHook = {
  source: { id: string; inline: ConfiguredInline }
  connector: string
  kind: InlineKind
  body: unknown
  /** The W3C trace id of the request. */
  traceId: string
  /** Where its id is signed: the id, and the bytes of the body. */
  message: { id: string; raw: Uint8Array } | null
}

/** One copy of a message, as it is to be carried out. */
type Copy = {
  /** ISO time of the first copy: what came since is later, whenever this copy came. */
  receivedAt: string
  earlier: string | null
  link(record: string): Promise<void>
}

export type CarryOut = (copy: Copy) => Promise<InlineAnswer>

type Waiting = {
  receivedAt: string
  signal: AbortSignal
  budgetSeconds: number
  /** Notes what an earlier copy led to. */
  noteRecord(record: string): void
}

/** Answers a hook: a message that was answered finally as it was then, any other by carrying it out. */
export type AnswerOnce = (hook: InlineHook, waiting: Waiting, carryOut: CarryOut) => Promise<InlineAnswer>

/** A journal that hangs must not be answered for. */
const journalSeconds = 2

/** How often a copy looks whether the one that is worked on has been answered. */
const lookAgainSeconds = 0.1

/** Longer than the work on one copy: after that its process is dead. */
const graceSeconds = 10

/**
 * Makes the one rule of messages that come again. A question is asked anew, and so is everything whose sender signs no
 * id. Of two copies at one moment the second waits for the answer of the first, so that no vendor is called twice.
 */
export function makeAnswerOnce({
  journal,
  raiseAlert,
  clock,
  log,
}: {
  journal: Pick<Journal, 'access'>
  raiseAlert: RaiseAlert
  clock: Clock
  log: Log
}): AnswerOnce {
  const { access } = journal
  const tell = makeCountedLog({ log, clock, everySeconds: 1 })

  const take = async (hook: InlineHook & { message: Message }, { receivedAt, budgetSeconds }: Waiting) => {
    const { source, connector, kind, message } = hook
    const copy = { source: source.id, connector, kind, ...message, receivedAt }
    const taken = access.takeMessage({ ...copy, leaseSeconds: budgetSeconds + graceSeconds })
    return journaledWithin((signal) => {
      // What was taken after all is held for nobody.
      const giveBack = async () => {
        const late = await taken
        if (late.state === 'held') await access.endMessage({ ...late.held, answer: null })
      }
      signal.addEventListener('abort', () => void giveBack().catch(() => {}))
      return taken
    }, journalSeconds)
  }

  /** Without this note a later copy finds nothing of this one, and is carried out as well: that harms less than none. */
  const link = ({ key }: HeldMessage, record: string) =>
    journaledWithin(() => access.linkMessage({ key, record }), journalSeconds).catch((err) =>
      tell('link', {
        level: 'error',
        facts: { err, record },
        message: 'What a message led to could not be remembered',
      }),
    )

  const carryOutHeld = async (held: HeldMessage, copy: Omit<Copy, 'link'>, carryOut: CarryOut) => {
    const end = (answer: string | null) => access.endMessage({ ...held, answer })
    try {
      const answer = await carryOut({ ...copy, link: (record) => link(held, record) })
      // It stands in the journal what became of it: without this note the next copy is worked on again, and finds that.
      const message = 'An answer to a message could not be remembered'
      await end(finalOf(answer)).catch((err) => tell('end', { level: 'error', facts: { err }, message }))
      return answer
    } catch (thrown) {
      await end(null).catch(() => {})
      throw thrown
    }
  }

  const alertReuse = async ({ source, connector, kind }: InlineHook, record: string | null) => {
    const about = `${source.id}/${connector}/${kind}`
    await raiseAlert({ type: 'hub.alert.message_id_reused', about, facts: { connector, kind, record } })
  }

  /** A grant that was done is not said to be there when it was taken away since, or its person locked out. */
  const hinderedSince = async ({ source, connector, kind, body }: InlineHook, { answer, record }: Answered) => {
    const read = kind === 'provision' && answer === 'done' && record !== null ? source.inline.parse(body) : null
    if (read === null || record === null || 'refused' in read) return null
    const { email } = read.request.subject
    const lane = emailLane({ connector, authority: source.inline.authority, email })
    const found = await access.findHindrances({ deliveryId: record, emailLane: lane, isStanding: true })
    const since = found.find((one) => one !== 'late')
    return since ? answerHindered(since).reply : null
  }

  return async (hook, waiting, carryOut) => {
    const { kind, message } = hook
    const asNew = { receivedAt: waiting.receivedAt, earlier: null, link: async () => {} }
    if (message === null || kind === 'validate' || kind === 'preapprove') return carryOut(asNew)
    let record: string | null = null
    do {
      const taken = await take({ ...hook, message }, waiting)
      record = taken.record
      if (record !== null) waiting.noteRecord(record)
      if (taken.state === 'held') {
        return carryOutHeld(taken.held, { receivedAt: taken.firstAt, earlier: record }, carryOut)
      }
      if (taken.state === 'answered') return (await hinderedSince(hook, taken)) ?? repeatAnswer(hook, taken)
      if (taken.state === 'other_body') {
        await alertReuse(hook, record)
        return kind === 'deprovision' ? carryOut(asNew) : reused
      }
      await abortableWait(lookAgainSeconds, waiting.signal).catch(() => {})
    } while (!waiting.signal.aborted)
    return answerBusy(kind, record)
  }
}

type Message = NonNullable<InlineHook['message']>

const reused: InlineAnswer = {
  kind: 'refused',
  code: 'message_id_reused',
  reason: 'A message with this id came before, with another body: each message needs an id of its own.',
}

/** The codes of refusals that are remembered. */
const refusalCodes = ['refused', 'unmapped_request', 'wrong_request'] as const

/** What is remembered of an answer: only what is final. */
function finalOf(answer: InlineAnswer): string | null {
  if (answer.kind === 'done') return 'done'
  return answer.kind === 'refused' ? answer.code : null
}

type Answered = { answer: string; record: string | null; reason: string | null }

function repeatAnswer({ source, body }: InlineHook, { answer, record, reason }: Answered): InlineAnswer {
  const code = refusalCodes.find((one) => one === answer)
  if (!code) return { kind: 'done' }
  const again = 'It was refused when it came first, and is not looked at again.'
  if (code !== 'wrong_request') return { kind: 'refused', code, reason: reason ?? again }
  const read = source.inline.parse(body)
  const event = record === null ? {} : { event: record }
  return { kind: 'refused', code, reason: 'refused' in read ? read.refused : again, ...event }
}

/** The other copy is still worked on when this one's sender gives up. */
function answerBusy(kind: 'provision' | 'deprovision', record: string | null): InlineAnswer {
  if (kind === 'provision') return answerTooLate('Another copy of this message is being carried out.')
  if (record !== null)
    return answerGoesOn('Another copy of this message is being carried out, and goes on until it is done.')
  const reason = 'Another copy of this message came, and is not journaled yet: send it again.'
  return { kind: 'not_done', code: 'journal_unavailable', reason }
}

import { accessesOf, type InlineAnswer } from '../core/access.ts'
import { answerGoesOn } from '../core/answers.ts'
import { makeId } from '../core/id.ts'
import { emailLane } from '../core/lane.ts'
import type { AnswerParts, InlineQuestion } from './answer-parts.ts'
import { type Finished, finish } from './foreground.ts'
import { inlineDelivery } from './new-event.ts'
import { eventOf } from './record.ts'

/**
 * Takes access away. It is committed before anything else is known, so that it cannot be lost; then it is carried out
 * while the sender waits, and goes on when the sender has given up.
 */
export async function deprovision(question: InlineQuestion, parts: AnswerParts): Promise<InlineAnswer> {
  const { installed, asked } = question
  const id = makeId('dlv', parts.clock)
  const lane = emailLane({
    connector: installed.id,
    authority: asked.authority,
    email: asked.subject.email,
  })
  const draft = inlineDelivery({ ...question, source: question.source.id, connector: installed.id }, { id })
  const delivery = {
    ...draft,
    kind: 'resolve' as const,
    lane,
    // Leased to this process, as it were: the queue takes it when that is dead.
    dueInSeconds: parts.leaseSeconds,
    inline: { asked, accesses: accessesOf(asked), deadlineInSeconds: parts.leaseSeconds, dedupeKey: null },
  }
  await parts.ingest([eventOf(question, { delivery, parts })])
  question.progress.journaled = true
  const resolved = await carried({ id, lane }, question, parts)
  const following = resolved.done?.revokes ?? []
  const all =
    following.length === 0
      ? [resolved]
      : await Promise.all(following.map((revoke) => carried({ id: revoke.id, lane: revoke.lane }, question, parts)))
  return told(all, question, parts)
}

type Carried = { id: string; lane: string; done: Finished | null }

/** What is not done when the sender gives up is the queue's at once. */
async function carried(
  { id, lane }: Pick<Carried, 'id' | 'lane'>,
  { signal }: InlineQuestion,
  parts: AnswerParts,
): Promise<Carried> {
  const done = await finish({ deliveryId: id, lane, signal }, parts)
  if (done === null) await again({ id, lane }, parts)
  return { id, lane, done }
}

async function again({ id, lane }: Pick<Carried, 'id' | 'lane'>, { journal, nudge }: AnswerParts): Promise<void> {
  await journal.queue.makeDueAgain({ lane, deliveryIds: [id] })
  nudge()
}

/** One answer for all of it. */
async function told(
  all: readonly Carried[],
  { installed, signal }: InlineQuestion,
  parts: AnswerParts,
): Promise<InlineAnswer> {
  const late = answerGoesOn(`It is not done within ${installed.inline.budgetSeconds} s, and goes on until it is.`)
  if (signal.aborted) {
    // Given up for a sender who was told meanwhile that it goes on: so it does.
    for (const one of all) if (one.done && isObserving(one.done.reply)) await again(one, parts)
    return all.every(({ done }) => done?.reply.kind === 'done') ? { kind: 'done' } : late
  }
  parts.nudge()
  const answers = all.map(({ done }) => (done ? asRevoke(done.reply) : late))
  // That a part of it is not done at all outweighs that another part goes on.
  return answers.find(isObserving) ?? answers.find(({ kind }) => kind !== 'done') ?? { kind: 'done' }
}

function isObserving(reply: InlineAnswer): boolean {
  return reply.kind === 'not_done' && reply.code === 'observing'
}

/** A revoke is never over before it is done. */
function asRevoke(reply: InlineAnswer): InlineAnswer {
  return reply.kind === 'not_done' && reply.code === 'too_late' ? { ...reply, code: 'goes_on' } : reply
}

import { makeId } from '../../core/id.ts'
import { emailLane, type InlineAnswer } from '../../core/inline.ts'
import type { AnswerParts, InlineQuestion } from './answer-parts.ts'
import { finish } from './foreground.ts'
import { accessesOf } from './map-request.ts'
import { inlineDelivery } from './new-event.ts'
import { eventOf } from './record.ts'
import { goesOn } from './run-revoke.ts'

/**
 * Takes access away. It is committed before anything else is known, so that it cannot be lost; then it is carried out
 * while the sender waits, and goes on when the sender has given up.
 */
export async function deprovision(question: InlineQuestion, parts: AnswerParts): Promise<InlineAnswer> {
  const { installed, request, signal } = question
  const id = makeId('dlv', parts.clock)
  const lane = emailLane({
    connector: installed.id,
    authority: request.authority,
    email: request.request.subject.email,
  })
  const draft = inlineDelivery({ ...question, source: question.source.id, connector: installed.id }, { id })
  const delivery = {
    ...draft,
    kind: 'resolve',
    lane,
    // Leased to this process, as it were: the queue takes it when that is dead.
    dueInSeconds: parts.leaseSeconds,
    inline: { request, accesses: accessesOf(request), deadlineInSeconds: parts.leaseSeconds, dedupeKey: null },
  }
  await parts.ingest([eventOf(question, { delivery, parts })])
  question.progress.journaled = true
  const late = goesOn(`It is not done within ${installed.inline.budgetSeconds} s, and goes on until it is.`)
  const resolved = await finish({ deliveryId: id, lane, signal }, parts)
  if (resolved === null) {
    await parts.journal.makeDueAgain({ lane, deliveryIds: [id] })
    parts.nudge()
    return late
  }
  if (resolved.revokes.length === 0) return asRevoke(resolved.reply)
  const replies = await Promise.all(
    resolved.revokes.map(async (revoke) => {
      const done = await finish({ deliveryId: revoke.id, lane: revoke.lane, signal }, parts)
      if (done !== null) return asRevoke(done.reply)
      await parts.journal.makeDueAgain({ lane: revoke.lane, deliveryIds: [revoke.id] })
      return late
    }),
  )
  parts.nudge()
  return replies.find(({ kind }) => kind !== 'done') ?? { kind: 'done' }
}

/** A revoke is never over before it is done. */
function asRevoke(reply: InlineAnswer): InlineAnswer {
  return reply.kind === 'not_done' && reply.code === 'too_late' ? { ...reply, code: 'goes_on' } : reply
}

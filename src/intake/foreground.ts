import type { InlineAnswer } from '../core/access.ts'
import { answerTooLate } from '../core/answers.ts'
import type { DeliveryStatus } from '../core/outcome.ts'
import type { PersonState } from '../core/person.ts'
import { abortableWait } from '../core/wait.ts'
import type { Deliver } from '../engine/deliver.ts'
import type { FollowingRevoke, Journal } from '../journal/index.ts'

type ForegroundParts = { journal: Journal; deliver: Deliver; leaseSeconds: number }

type Waiting = {
  deliveryId: string
  lane: string
  /** Aborted when the sender has given up: then nobody waits for a lane any more. */
  signal: AbortSignal
  state?: PersonState
}

export type Finished = { reply: InlineAnswer; revokes: readonly FollowingRevoke[] }

/** How often a lane that somebody else works on is looked at. */
const lookAgainSeconds = 0.05

/**
 * Takes the lane as soon as it is free and carries the delivery out; when somebody else did so meanwhile, says how it
 * ended. Null when the sender gave up first: the queue has it.
 */
export async function finish(waiting: Waiting, parts: ForegroundParts): Promise<Finished | null> {
  const { journal, deliver, leaseSeconds } = parts
  const { deliveryId, lane: key, signal, state } = waiting
  while (!signal.aborted) {
    const lane = await journal.queue.takeLane({ key, leaseSeconds })
    if (lane === 'paused') return { reply: paused, revokes: [] }
    if (lane !== 'busy') {
      const tried = await deliver(lane, { deliveryId, signal, ...(state ? { state } : {}) })
      const mine = tried.find(({ delivery }) => delivery.id === deliveryId)
      if (mine?.inline) return { reply: mine.inline.reply, revokes: mine.inline.settlement.revokes }
      const before = tried.at(-1)
      if (before)
        return { reply: answerTooLate('An earlier request to take the same access away is not done yet.'), revokes: [] }
    }
    const status = await journal.queue.readDeliveryStatus(deliveryId)
    if (status !== null && status !== 'pending') return { reply: replyOf(status), revokes: [] }
    await abortableWait(lookAgainSeconds, signal).catch(() => {})
  }
  return null
}

const paused: InlineAnswer = answerTooLate('The connector is paused: its credential was refused.')

function replyOf(status: DeliveryStatus): InlineAnswer {
  if (status === 'succeeded') return { kind: 'done' }
  return answerTooLate(`Another process has settled it: ${status}.`)
}

import type { InlineAnswer } from '../core/access.ts'
import { answerTooLate } from '../core/answers.ts'
import type { DeliveryStatus } from '../core/outcome.ts'
import type { PersonState } from '../core/person.ts'
import { abortableWait } from '../core/wait.ts'
import type { Deliver } from '../engine/deliver.ts'
import type { FollowingRevoke, Journal } from '../journal/index.ts'

type WaitingDelivery = {
  deliveryId: string
  lane: string
  /** Aborted when the sender has given up: then this process waits for the lane no more. */
  signal: AbortSignal
  /** What the authority said of the person, just now. */
  state?: PersonState
}

export type Finished = { reply: InlineAnswer; revokes: readonly FollowingRevoke[] }

/**
 * Takes the delivery's lane as soon as it is free and carries the delivery out; if another worker did so meanwhile, says
 * how it ended. Null when the sender gave up first: the queue has it.
 */
export type FinishDelivery = (waiting: WaitingDelivery) => Promise<Finished | null>

/** How often a lane that another worker holds is looked at. */
const lookAgainSeconds = 0.05

export function makeFinish({
  journal,
  deliver,
  leaseSeconds,
}: {
  journal: Pick<Journal, 'queue'>
  deliver: Deliver
  leaseSeconds: number
}): FinishDelivery {
  return async ({ deliveryId, lane: key, signal, state }) => {
    while (!signal.aborted) {
      const lane = await journal.queue.takeLane({ key, leaseSeconds })
      if (lane === 'paused') return finish(answerTooLate('The connector is paused: its credential was refused.'))
      if (lane !== 'busy') {
        const tried = await deliver(lane, { deliveryId, signal, ...(state ? { state } : {}) })
        const mine = tried.find(({ delivery }) => delivery.id === deliveryId)
        if (mine?.inline) return { reply: mine.inline.reply, revokes: mine.inline.settlement.revokes }
        if (tried.length > 0)
          return finish(answerTooLate('An earlier request to take the same access away is not done yet.'))
      }
      const status = await journal.queue.readDeliveryStatus(deliveryId)
      if (status !== null && status !== 'pending') return finish(explainStatus(status))
      await abortableWait(lookAgainSeconds, signal).catch(() => {})
    }
    return null
  }
}

function finish(reply: InlineAnswer): Finished {
  return { reply, revokes: [] }
}

function explainStatus(status: DeliveryStatus): InlineAnswer {
  if (status === 'succeeded') return { kind: 'done' }
  return answerTooLate(`Another process has settled it: ${status}.`)
}

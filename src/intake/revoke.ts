import type { InlineAnswer } from '../core/access.ts'
import { answerGoesOn } from '../core/answers.ts'
import { emailLane } from '../core/lane.ts'
import type { Nudge } from '../core/woken.ts'
import type { Journal } from '../journal/index.ts'
import type { FinishDelivery, Finished } from './foreground.ts'
import type { RecordHook, WaitingHook } from './record.ts'

type Revoke = { id: string; lane: string }

/** With how it ended; null: not while the sender waited. */
type TriedRevoke = Revoke & { done: Finished | null }

/**
 * Takes access away. It is committed before anything else is known, so that it cannot be lost; then it is carried out
 * while the sender waits, and goes on when the sender has given up.
 */
export function makeRevoke({
  journal,
  leaseSeconds,
  recordOpen,
  finishDelivery,
  nudge,
}: {
  journal: Pick<Journal, 'access' | 'queue'>
  leaseSeconds: number
  recordOpen: RecordHook['recordOpen']
  finishDelivery: FinishDelivery
  nudge: Nudge
}): (hook: WaitingHook) => Promise<InlineAnswer> {
  const leaveToQueue = async ({ id, lane }: Revoke) => {
    await journal.queue.makeDueAgain({ lane, deliveryIds: [id] })
    nudge([lane])
  }

  const tryRevoke = async ({ id, lane }: Revoke, { signal }: WaitingHook): Promise<TriedRevoke> => {
    const done = await finishDelivery({ deliveryId: id, lane, signal })
    if (done === null) await leaveToQueue({ id, lane })
    return { id, lane, done }
  }

  const answerAll = async (all: readonly TriedRevoke[], { installed, signal }: WaitingHook): Promise<InlineAnswer> => {
    const late = answerGoesOn(`It is not done within ${installed.inline.budgetSeconds} s, and goes on until it is.`)
    if (signal.aborted) {
      // While the hub observes it gave this up for a sender who has been told meanwhile that it goes on: so it does.
      for (const one of all) if (one.done && isObserving(one.done.reply)) await leaveToQueue(one)
      return all.every(({ done }) => done?.reply.kind === 'done') ? { kind: 'done' } : late
    }
    nudge(all.map(({ lane }) => lane))
    const answers = all.map(({ done }) => (done ? toRevokeAnswer(done.reply) : late))
    // That a part of it is not done at all outweighs that another part goes on.
    return answers.find(isObserving) ?? answers.find(({ kind }) => kind !== 'done') ?? { kind: 'done' }
  }

  const carryOut = async (revokes: readonly Revoke[], hook: WaitingHook): Promise<InlineAnswer> => {
    hook.markJournaled()
    const tried = await Promise.all(revokes.map((revoke) => tryRevoke(revoke, hook)))
    const ended = tried.map(async (one) => {
      const following = one.done?.revokes ?? []
      return following.length > 0 ? Promise.all(following.map((revoke) => tryRevoke(revoke, hook))) : [one]
    })
    return answerAll((await Promise.all(ended)).flat(), hook)
  }

  return async (hook) => {
    const { installed, asked, earlier } = hook
    // A copy of a message joins what the copy before it began: a second revoke could take what was given since.
    const begun = earlier === null ? [] : await journal.access.listMessageRevokes(earlier)
    const open = begun.filter(({ status }) => status === 'pending')
    if (open.length > 0) return carryOut(open, hook)
    if (begun.length > 0 && begun.every(({ status }) => status === 'succeeded')) return { kind: 'done' }
    const { authority, subject } = asked
    const lane = emailLane({ connector: installed.id, authority, email: subject.email })
    // Due after one lease: until then this process carries it out, and the queue does if this process dies.
    const seconds = { dueInSeconds: leaseSeconds, deadlineInSeconds: leaseSeconds }
    const id = await recordOpen(hook, { kind: 'resolve', lane, ...seconds })
    return carryOut([{ id, lane }], hook)
  }
}

function isObserving(reply: InlineAnswer): boolean {
  return reply.kind === 'not_done' && reply.code === 'observing'
}

/** A revoke is never over before it is done: what is too late for a grant goes on here. */
function toRevokeAnswer(reply: InlineAnswer): InlineAnswer {
  return reply.kind === 'not_done' && reply.code === 'too_late' ? { ...reply, code: 'goes_on' } : reply
}

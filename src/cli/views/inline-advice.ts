import type { DeliveryDetails } from '../../journal/index.ts'
import { isRepeat } from './status-words.ts'

export type Advice = {
  /** Why the delivery stands where it stands. */
  why: string
  /** What an operator does next; nothing when there is nothing to do. */
  next: string[]
}

type Question = { delivery: DeliveryDetails; now: Date }

/** Explains the delivery of an inline hook; null where it stands as any other would. */
export function adviseOnInline({ delivery, now }: Question): Advice | null {
  if (!delivery.inline || delivery.inline.asked.trial) return null
  switch (delivery.kind) {
    case 'validate':
    case 'preapprove':
      return onQuestion(delivery)
    case 'provision':
      return onGrant(delivery)
    case 'deprovision':
    case 'resolve':
      return onRevoke({ delivery, now })
    case 'sync':
    case 'on':
      return null
  }
}

function onQuestion({ id, kind, status, code, lastError }: DeliveryDetails): Advice | null {
  const again = `To ask once more, for yourself (nobody is answered): npm run hub -- replay ${id}`
  if (status === 'succeeded') return { why: 'It was asked, and answered as shown above.', next: [] }
  if (status !== 'failed') return null
  const error = lastError ?? ''
  const isWrong = code === 'wrong_fields'
  const closed = kind === 'validate' ? 'it was turned down' : 'it was sent to its human approvers'
  return {
    why: `${isWrong ? 'It could not be asked' : 'There was no clear answer'}, so ${closed}. ${error}`.trim(),
    next: isWrong
      ? ['The requester was told which fields, and may send it again with those put right.']
      : ['Mend what the error says. The requester may send it again.', again],
  }
}

const askAgain = 'If it is still wanted, have it asked for again at the platform: a grant is never replayed.'

function onGrant(delivery: DeliveryDetails): Advice | null {
  const { status, code, lastError, nextAttemptAt, connector } = delivery
  const error = lastError ?? ''
  if (status === 'pending') {
    const why =
      'Its sender waits for it. If it has not begun when the sender gives up, it never happens: it is superseded.'
    return { why, next: [] }
  }
  if (status === 'failed') {
    const allow = `If it should be allowed, put it into the allow-list of ${connector} (docs/operations.md, “An unmapped request”).`
    return {
      why: `It was refused, and nothing was given. ${error}`.trim(),
      next: [...(code === 'unmapped' ? [allow] : []), askAgain],
    }
  }
  if (status === 'superseded') {
    if (isRepeat(delivery)) {
      return { why: `The same request had been done already, and its sender was told so. ${error}`, next: [] }
    }
    return { why: `A late grant never happens, and this one never runs again. ${error}`.trim(), next: [askAgain] }
  }
  if (status !== 'uncertain') return null
  const told = `It may have landed, though its sender was told that it failed. ${error}`.trim()
  if (nextAttemptAt !== null) {
    const why = `${told} It is read back until that is known; then it is recorded with its end, or taken away.`
    return { why, next: [] }
  }
  return {
    why: told,
    next: [`Look at ${connector} itself whether the access is there, and take it away by hand.`, askAgain],
  }
}

function onRevoke({ delivery, now }: Question): Advice | null {
  const { id, connector, inline, status, lastError, nextAttemptAt, attempts } = delivery
  const error = lastError ?? ''
  const isLater = nextAttemptAt !== null && new Date(nextAttemptAt) > now
  if (status === 'pending' && inline?.isEnd && attempts === 0 && isLater) {
    return { why: 'The access lasts until then; the hub takes it away by itself.', next: [] }
  }
  if (status === 'pending' && delivery.tries.at(-1)?.outcome === 'observing') {
    return {
      why: `The hub observes: it takes nothing away, and uses nothing up. ${error}`.trim(),
      next: [
        'Set HUB_MODE=enforce and start the hub: it is carried out at once. Until then, take the access away by hand.',
      ],
    }
  }
  if (status === 'superseded') return { why: `It ended without effect. ${error}`.trim(), next: [] }
  if (status !== 'failed') return null
  return {
    why: `Nothing was taken away. ${error}`.trim(),
    next: [
      'If the person has the access, take it away by hand: the hub does not know it under this name.',
      `Or put it into the allow-list of ${connector} (docs/operations.md, “An unmapped request”), restart the hub, and: npm run hub -- replay ${id}`,
    ],
  }
}

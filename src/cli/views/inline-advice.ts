import type { DeliveryDetails } from '../../journal/index.ts'
import { isRepeat } from './status-words.ts'

export type Advice = {
  /** Why the delivery stands where it stands. */
  why: string
  /** What an operator does next; nothing when there is nothing to do. */
  next: string[]
}

type Question = { delivery: DeliveryDetails; now: Date }

/** Explains the delivery of an inline hook; null where the advice for any delivery fits. */
export function adviseOnInline({ delivery, now }: Question): Advice | null {
  if (!delivery.inline || delivery.inline.asked.trial) return null
  switch (delivery.kind) {
    case 'validate':
    case 'preapprove':
      return adviseOnQuestion(delivery)
    case 'provision':
      return adviseOnGrant(delivery)
    case 'deprovision':
    case 'resolve':
      return adviseOnRevoke({ delivery, now })
    case 'sync':
    case 'on':
      return null
  }
}

function adviseOnQuestion(delivery: DeliveryDetails): Advice | null {
  switch (delivery.status) {
    case 'succeeded':
      return { why: 'It was asked, and answered as shown above.', next: [] }
    case 'failed':
      return adviseOnUnanswered(delivery)
    case 'pending':
    case 'running':
    case 'superseded':
    case 'held':
    case 'contradicted':
    case 'no_match':
    case 'uncertain':
      return null
  }
}

function adviseOnUnanswered({ id, kind, code, lastError }: DeliveryDetails): Advice {
  const closed = kind === 'validate' ? 'it was turned down' : 'it was sent to its human approvers'
  if (code === 'wrong_fields') {
    return {
      why: joinWords(`It could not be asked, so ${closed}.`, lastError),
      next: ['The requester was told which fields, and may send it again with those put right.'],
    }
  }
  return {
    why: joinWords(`There was no clear answer, so ${closed}.`, lastError),
    next: [
      'Mend what the error says. The requester may send it again.',
      `To ask once more, for yourself (the answer is sent to no one): npm run hub -- replay ${id}`,
    ],
  }
}

const askAgain = 'If it is still wanted, have it asked for again at the platform: a grant is never replayed.'

function adviseOnGrant(delivery: DeliveryDetails): Advice | null {
  const { id, status, code, lastError, connector } = delivery
  switch (status) {
    case 'pending':
      return {
        why: 'Its sender waits for it. If it has not begun when the sender gives up, it never happens: it is superseded.',
        next: [],
      }
    case 'failed': {
      const allow = `If it should be allowed, put it into the allow-list of ${connector} (docs/operations.md, “An unmapped request”).`
      const end = `If nobody waits for it, it rings no longer: npm run hub -- dismiss ${id} --reason "…"`
      return {
        why: joinWords('It was refused, and nothing was given.', lastError),
        next: [...(code === 'unmapped' ? [allow] : []), askAgain, end],
      }
    }
    case 'superseded':
      if (code === 'dismissed') return { why: lastError ?? 'An operator dismissed it.', next: [] }
      if (isRepeat(delivery)) {
        return {
          why: joinWords('The same request had been done already, and its sender was told so.', lastError),
          next: [],
        }
      }
      return {
        why: joinWords('A late grant never happens, and this one never runs again.', lastError),
        next: [askAgain],
      }
    case 'uncertain':
      return adviseOnUncertain(delivery)
    case 'running':
    case 'succeeded':
    case 'held':
    case 'contradicted':
    case 'no_match':
      return null
  }
}

function adviseOnUncertain({ connector, lastError, nextAttemptAt }: DeliveryDetails): Advice {
  const why = joinWords('It may have landed, though its sender was told that it failed.', lastError)
  if (nextAttemptAt === null) {
    return {
      why,
      next: [`Look at ${connector} itself whether the access is there, and take it away by hand.`, askAgain],
    }
  }
  return {
    why: `${why} It is read back until that is known; then it is recorded with its end, or taken away.`,
    next: [],
  }
}

function adviseOnRevoke({ delivery, now }: Question): Advice | null {
  const { id, connector, status, lastError } = delivery
  switch (status) {
    case 'pending':
      return adviseOnPendingRevoke({ delivery, now })
    case 'superseded':
      return { why: joinWords('It ended without effect.', lastError), next: [] }
    case 'failed':
      return {
        why: joinWords('Nothing was taken away.', lastError),
        next: [
          'If the person has the access, take it away by hand: the hub does not know it under this name.',
          `Or put it into the allow-list of ${connector} (docs/operations.md, “An unmapped request”), restart the hub, and: npm run hub -- replay ${id}`,
        ],
      }
    case 'running':
    case 'succeeded':
    case 'held':
    case 'contradicted':
    case 'no_match':
    case 'uncertain':
      return null
  }
}

function adviseOnPendingRevoke({ delivery, now }: Question): Advice | null {
  const { inline, attempts, nextAttemptAt, tries, lastError } = delivery
  const isLater = nextAttemptAt !== null && new Date(nextAttemptAt) > now
  if (inline?.isEnd && attempts === 0 && isLater) {
    return { why: 'The access lasts until then; the hub takes it away by itself.', next: [] }
  }
  if (tries.at(-1)?.outcome !== 'observing') return null
  return {
    why: joinWords('The hub observes: it takes nothing away, and uses nothing up.', lastError),
    next: [
      'Set HUB_MODE=enforce and start the hub: it is carried out at once. Until then, take the access away by hand.',
    ],
  }
}

/** A sentence with the error behind it, where there is one. */
function joinWords(sentence: string, error: string | null): string {
  return error === null ? sentence : `${sentence} ${error}`
}

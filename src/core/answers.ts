import type { InlineAnswer } from './access.ts'
import { ObjectRefusedError, ownWords, PermanentError } from './errors.ts'
import type { Hindrance } from './outcome.ts'

/** What the sender of an access request is told. Each reason is one sentence that its admins may read. */

/** Nothing happened, and sending it again will not help. */
export function refuseRequest(reason: string): InlineAnswer {
  return { kind: 'refused', code: 'refused', reason }
}

/** A grant that is not given any more: a late grant never happens. */
export function answerTooLate(reason: string): InlineAnswer {
  return { kind: 'not_done', code: 'too_late', reason }
}

/** A revoke that is not done yet, and is carried out all the same. */
export function answerGoesOn(reason: string): InlineAnswer {
  return { kind: 'not_done', code: 'goes_on', reason }
}

/** The hub observes: neither now nor later. */
export function answerObserving(reason: string): InlineAnswer {
  return { kind: 'not_done', code: 'observing', reason }
}

/**
 * Explains an error to the sender's admins: a connector's own refusal word for word. Any other error contains inside
 * details, such as addresses and vendors' answers: it stays in the journal under the delivery's id.
 */
export function explainFailure(
  thrown: unknown,
  { connector, delivery }: { connector: { id: string }; delivery: { id: string } },
): string {
  if (thrown instanceof PermanentError) return ownWords(thrown)
  if (thrown instanceof ObjectRefusedError)
    return `${connector.id} refuses this one to the hub, and takes its credential for others: the hub's journal says why (${delivery.id}).`
  return `${connector.id} could not do it: the hub's journal says why (${delivery.id}).`
}

const hindranceWords: Record<Hindrance, string> = {
  late: 'It was not begun in time, and a late grant never happens.',
  denied: 'The authority denies the person, or has denied them since this was asked for first.',
  leaving: 'A lockout of the person was announced, and is not settled yet.',
  revoked: 'A later request took the same access away.',
  waiting: 'An earlier request to take the same access away is not done yet.',
}

/** What speaks against a grant, in words, and what its sender is told. */
export function answerHindered(hindrance: Hindrance): { error: string; reply: InlineAnswer } {
  const error = hindranceWords[hindrance]
  const isOver = hindrance !== 'late' && hindrance !== 'waiting'
  return { error, reply: isOver ? refuseRequest(error) : answerTooLate(error) }
}

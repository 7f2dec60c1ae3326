import type { InlineAnswer } from './access.ts'

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

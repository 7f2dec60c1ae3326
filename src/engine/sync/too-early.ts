import type { Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedDelivery } from '../../core/queue.ts'
import { awaitsSearch } from '../../core/verdict.ts'

export type TooEarly = Extract<Outcome, { kind: 'too_early' }>

/**
 * Finds out whether the authority was read too early: Okta may announce a deactivation before it shows it. When the last
 * thing that was announced is a denial and the authority shows an older "allowed", the read is repeated before anything
 * is believed. Null: the read counts.
 */
export function findTooEarly(state: PersonState, deliveries: readonly ClaimedDelivery[]): TooEarly | null {
  if (state.access !== 'allow') return null
  const last = findLastHint(deliveries)
  if (last?.hint !== 'deny') return null
  const announced = timeOf(last)
  if (state.statusChangedAt !== null && Date.parse(state.statusChangedAt) > announced) return null
  const error = `${last.event.type} was announced at ${last.event.time}, but the authority still says ${state.status}.`
  return { kind: 'too_early', error, rechecks: countRechecks(last, deliveries) }
}

/** Counts the rechecks used up. A read that came earlier, because of other news, uses none: the last wait begins anew. */
function countRechecks(last: ClaimedDelivery, deliveries: readonly ClaimedDelivery[]): number {
  const timeHasCome = deliveries.some((delivery) => delivery.due && delivery.rechecks > 0)
  return timeHasCome ? last.rechecks : Math.max(last.rechecks - 1, 0)
}

/**
 * Finds the last delivery, by the sender's clock, whose event's type says something about the person's access. One that
 * ended as `contradicted` says nothing any more, and one that was done and waits to be searched for again said it already.
 */
export function findLastHint(deliveries: readonly ClaimedDelivery[]): ClaimedDelivery | undefined {
  return deliveries
    .filter(({ hint, status }) => hint !== 'neutral' && status !== 'contradicted')
    .filter((one) => one.due || !awaitsSearch(one))
    .sort((a, b) => timeOf(a) - timeOf(b) || a.seq - b.seq)
    .at(-1)
}

/** Milliseconds by which a sender's clock may be ahead of this hub's. */
const tolerance = 5 * 60_000

/** A time far in the future comes from a wrong clock: if we believed it, the event would count as the newest until then. */
function timeOf({ event }: ClaimedDelivery): number {
  const said = Date.parse(event.time)
  const received = Date.parse(event.receivedAt)
  return said > received + tolerance ? received : said
}

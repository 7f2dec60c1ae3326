import type { Change, Hold } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import type { HeldOutcome, Outcome } from '../../core/outcome.ts'
import type { BrakeLimits } from '../../core/policy.ts'
import type { ClaimedDelivery, ClaimedLane, ClaimedPerson } from '../../core/queue.ts'
import type { BrakeAnswer, Journal } from '../../journal/index.ts'
import { describeCancel } from '../../journal/index.ts'

type BrakeCheck = {
  person: ClaimedPerson
  /** Its connector is where the changes are to be written. */
  lane: Pick<ClaimedLane, 'connector'>
  changes: readonly Change[]
  statusChangedAt: string | null
  deliveries: readonly ClaimedDelivery[]
  /** What it mends was undone by others: all of it counts. */
  isVerification: boolean
}

/** Asks whether a planned change may be written now. Null: go on. */
export type PassBrake = (check: BrakeCheck) => Promise<HeldOutcome | Extract<Outcome, { kind: 'superseded' }> | null>

const directions = ['deny', 'allow'] as const

/**
 * Stops mass changes and changes of protected people between plan and write. Neutral changes pass unasked; a run with
 * nothing to write never comes here. In an ordinary run a change that only renews is not counted, since no person loses anything by it; but
 * an operator's order and the list of the protected hold for it too.
 */
export function makePassBrake({
  journal,
  limits,
  clock,
}: {
  journal: Pick<Journal, 'queue'>
  limits: BrakeLimits
  clock: Clock
}): PassBrake {
  return async ({ person, lane: { connector }, changes, statusChangedAt, deliveries, isVerification }) => {
    // A replay is new work, however old its delivery is.
    const waiting = deliveries.filter(({ trigger }) => trigger === 'scheduled')
    const workAgeSeconds = Math.max(0, ...waiting.map(({ ageSeconds }) => ageSeconds))
    for (const direction of directions.filter((one) => changes.some((change) => change.direction === one))) {
      const onlyRenews = !isVerification && changes.every((change) => change.direction !== direction || change.renews)
      const question = { person, connector, direction, statusChangedAt, workAgeSeconds }
      const answer = await journal.queue.passBrake({
        ...question,
        limits: onlyRenews ? { ...limits, people: 0 } : limits,
      })
      if (answer.pass) continue
      if (answer.why === 'cancelled') return { kind: 'superseded', error: describeCancel(answer), code: 'cancelled' }
      return describeStop({ answer, hold: { direction, why: answer.why, statusChangedAt }, person }, { limits, clock })
    }
    return null
  }
}

type Stopped = {
  answer: Extract<BrakeAnswer, { why: 'brake' | 'protected' }>
  hold: Hold
  person: ClaimedPerson
}

function describeStop(
  { answer, hold, person }: Stopped,
  { limits, clock }: { limits: BrakeLimits; clock: Clock },
): HeldOutcome {
  if (answer.why === 'protected') {
    const error = `Protected: ${answer.reason}. An operator must release this denial.`
    return { kind: 'held', error, code: 'protected', about: person.id, hold }
  }
  const what = hold.direction === 'deny' ? 'locked out' : 'unblocked'
  const error = answer.standing
    ? `The brake stopped this earlier, and no operator has released or cancelled it since.`
    : `More than ${answer.threshold} people would be ${what} within ${limits.minutes} minutes: an operator must release it.`
  // One alert an hour tells of a wave; one for each of its people would bury it.
  const occasion = clock.now().toISOString().slice(0, 13)
  return { kind: 'held', error, code: 'brake', about: hold.direction, occasion, hold }
}

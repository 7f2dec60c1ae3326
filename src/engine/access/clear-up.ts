import { accessesOf, accessOf, type Permission } from '../../core/access.ts'
import { answerTooLate, explainFailure } from '../../core/answers.ts'
import type { Clock } from '../../core/clock.ts'
import { errorMessage, FencedOutError, waitAsked } from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import { emailLane } from '../../core/lane.ts'
import type { DeliveryCode } from '../../core/outcome.ts'
import type { Seen } from '../../core/sight.ts'
import type { Journal } from '../../journal/index.ts'
import { type InlineResult, type InlineRun, type MakeCall, makeResult } from './access-work.ts'
import { readTargets } from './call.ts'
import { recordGrant } from './grant.ts'

/**
 * Clears up a provision whose sender no longer waits. Not begun, it never happens. Begun, it is read back: what landed
 * whole and ends by itself is recorded with its end; anything else is taken away, for the sender was told that it failed.
 */
export function makeClearUp({
  journal,
  clock,
  leaseSeconds,
  makeCall,
}: {
  journal: Pick<Journal, 'access'>
  clock: Clock
  leaseSeconds: number
  makeCall: MakeCall
}): (run: InlineRun) => Promise<InlineResult> {
  const judge = makeJudge({ journal, clock, leaseSeconds })
  return async (run) => {
    if (!run.delivery.inline.begun) return supersede('late', 'Its sender has given up: a late grant never happens.')
    try {
      const seen = await readTargets(makeCall(run))
      if (seen === null) return judgeUnread(run, { clock, leaseSeconds })
      const [unknown] = seen.unknown
      if (unknown) throw new Error(`Whether ${unknown.target} is there could not be told: ${unknown.why}`)
      return { ...(await judge(seen, run)), asked: true }
    } catch (thrown) {
      if (thrown instanceof FencedOutError) throw thrown
      run.assertHeld()
      return makeResult(
        { kind: 'uncertain', error: errorMessage(thrown), ...waitAsked(thrown) },
        answerTooLate(explainFailure(thrown, run)),
      )
    }
  }
}

/**
 * Judges a grant that was begun by what is there of it now. We may only conclude that our call landed if every target is
 * new. A target that existed before proves nothing, and a write still queued at the vendor could give access again after
 * a revoke.
 */
function makeJudge({
  journal,
  clock,
  leaseSeconds,
}: {
  journal: Pick<Journal, 'access'>
  clock: Clock
  leaseSeconds: number
}): (seen: Seen, run: InlineRun) => Promise<InlineResult> {
  /** Lists what this grant has given: what is new, and what was there before, was taken away since, and has come back. */
  const listGiven = async (landed: readonly Permission[], run: InlineRun) => {
    if (landed.every((one) => isNew(one, run))) return landed
    const { inline, id } = run.delivery
    const revoked = await journal.access.listRevokedAccesses({ deliveryId: id })
    const cameBack = (one: Permission) =>
      !isGivenElsewhere(one.target, run) && revoked.includes(accessOf(inline.asked.application, one))
    return landed.filter((one) => isNew(one, run) || cameBack(one))
  }

  /** True if a later request took the same access away, or the person is locked out: the grant's end is not waited for. */
  const isUnwanted = async ({ delivery, connector, lane: { deliveries } }: InlineRun) => {
    const { subject, authority } = delivery.inline.asked
    const lane = emailLane({ connector: connector.id, authority, email: subject.email })
    const found = await journal.access.findHindrances({
      deliveryId: delivery.id,
      emailLane: lane,
      claimed: deliveries.map(({ id }) => id),
    })
    return found.some((one) => one !== 'late')
  }

  return async (seen, run) => {
    const { had } = seen
    const { permissions, until } = run.delivery.inline.asked
    const landed = permissions.filter(({ target }) => had.includes(target))
    const given = await listGiven(landed, run)
    const isWhole = landed.length === permissions.length
    const isCertain = isWhole && landed.every((one) => isNew(one, run))
    const endsLater = until !== null && Date.parse(until) > clock.now().getTime()
    if (isWhole && given.length > 0 && endsLater && !(await isUnwanted(run))) {
      const isOver = isCertain || !mayLandYet(run, leaseSeconds)
      return isOver ? recordWithEnd(run, { seen, clock }) : waitForLanding('Read back: it is there.', leaseSeconds)
    }
    const nothing = isWhole ? 'Read back: there is nothing to take away.' : 'Read back: it had not landed.'
    const done = given.length > 0 ? takeAway(run, { permissions: given, clock }) : supersede('not_landed', nothing)
    return isCertain ? done : waitIfItMayLand(done, run, leaseSeconds)
  }
}

/** True for a target that neither was there before nor is given by another grant. */
function isNew({ target }: Permission, run: InlineRun): boolean {
  return !run.delivery.inline.hadBefore.includes(target) && !isGivenElsewhere(target, run)
}

/** What another grant of the hub gives stays. */
function isGivenElsewhere(target: string, { lane }: InlineRun): boolean {
  return lane.grants.some(({ permission }) => permission.target === target)
}

/** The vendor may still hold a call that was given up on: it is read back once more, one lease after it began. */
function waitIfItMayLand(done: InlineResult, run: InlineRun, leaseSeconds: number): InlineResult {
  if (!mayLandYet(run, leaseSeconds)) return done
  const said = 'error' in done.outcome ? done.outcome.error : ''
  return { ...done, outcome: waitForLanding(said, leaseSeconds).outcome }
}

function waitForLanding(said: string, leaseSeconds: number): InlineResult {
  const error = `${said} It may yet land, and is looked at again.`
  return makeResult({ kind: 'uncertain', error, retryAfterSeconds: leaseSeconds }, answerTooLate(error))
}

function mayLandYet({ delivery }: InlineRun, leaseSeconds: number): boolean {
  return delivery.inline.begunSecondsAgo < leaseSeconds
}

/** The sender believes that the grant failed, and may never take it away: the hub does, whatever is configured. */
function recordWithEnd(run: InlineRun, { seen, clock }: { seen: Seen; clock: Clock }): InlineResult {
  const { inline } = run.delivery
  const delivery = { ...run.delivery, inline: { ...inline, asked: { ...inline.asked, endsAccess: true } } }
  return recordGrant({ ...run, delivery }, { hadBefore: inline.hadBefore, seen, clock })
}

/** The connector has no `has`. Taking all of it away is the safe side, but for what another grant gives. */
function judgeUnread(run: InlineRun, { clock, leaseSeconds }: { clock: Clock; leaseSeconds: number }): InlineResult {
  const { connector, delivery } = run
  if (!connector.connector.deprovision) {
    const error = `Nobody knows whether it landed: ${connector.id} can neither be asked nor take it away.`
    return makeResult({ kind: 'uncertain', error, final: true }, answerTooLate(error))
  }
  const permissions = delivery.inline.asked.permissions.filter(({ target }) => !isGivenElsewhere(target, run))
  return waitIfItMayLand(takeAway(run, { permissions, clock }), run, leaseSeconds)
}

/** Ends the grant, and queues a revoke of what it gave. */
function takeAway(
  { delivery, lane, connector }: InlineRun,
  { permissions, clock }: { permissions: readonly Permission[]; clock: Clock },
): InlineResult {
  const { person } = lane
  if (!person || permissions.length === 0) return supersede('not_landed', 'There is nothing to take away.')
  const taken = { ...delivery.inline.asked, permissions: [...permissions], whole: false }
  const revoke = {
    id: makeId('dlv', clock),
    from: delivery.id,
    lane: lane.key,
    connector: connector.id,
    person,
    inline: { asked: taken, accesses: accessesOf(taken), deadlineInSeconds: 0, dedupeKey: null },
    due: { inSeconds: 0 },
    grants: null,
  }
  return {
    ...supersede('taken_away', `It had landed, though its sender was told otherwise: ${revoke.id} takes it away.`),
    settlement: { granted: [], ended: [], revokes: [revoke] },
  }
}

function supersede(code: DeliveryCode, error: string): InlineResult {
  return makeResult({ kind: 'superseded', error, code }, answerTooLate(error))
}

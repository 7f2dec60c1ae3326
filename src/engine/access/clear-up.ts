import { accessesOf, accessOf, type Permission } from '../../core/access.ts'
import { answerTooLate, explainFailure } from '../../core/answers.ts'
import { errorMessage, FencedOutError } from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import { emailLane } from '../../core/lane.ts'
import type { DeliveryCode } from '../../core/outcome.ts'
import { callOf, type InlineParts, type InlineResult, type InlineRun, result } from './access-work.ts'
import { readTargets } from './call.ts'
import { granted } from './grant.ts'

/**
 * A provision whose sender no longer waits. Not begun, it never happens. Begun, it is read back: what landed whole and
 * ends by itself is recorded with its end; anything else is taken away, for the sender was told that it failed.
 */
export async function clearUp(run: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const { inline } = run.delivery
  if (!inline.begun) return superseded('late', 'Its sender has given up: a late grant never happens.')
  try {
    const had = await readTargets(callOf(run, parts))
    return had === null ? cannotTell(run, parts) : { ...(await judge(had, run, parts)), asked: true }
  } catch (thrown) {
    if (thrown instanceof FencedOutError) throw thrown
    run.assertHeld()
    return result({ kind: 'uncertain', error: errorMessage(thrown) }, answerTooLate(explainFailure(thrown, run)))
  }
}

/**
 * What becomes of a grant that was begun, now that it is known what of it is there. Only where all of it is new has its
 * call surely landed: what was there already does not tell, and a write that still waits inside the vendor would give
 * it again after a revoke.
 */
async function judge(had: readonly string[], run: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const { permissions } = run.delivery.inline.asked
  const landed = permissions.filter(({ target }) => had.includes(target))
  const fresh = await freshOf(landed, run, parts)
  const whole = landed.length === permissions.length
  const surely = whole && landed.every((one) => isNew(one, run))
  if (whole && fresh.length > 0 && endsLater(run, parts) && !(await isUnwanted(run, parts))) {
    return surely || !mayLandYet(run, parts) ? recorded(run, parts) : untilLanded('Read back: it is there.', parts)
  }
  const nothing = whole ? 'Read back: there is nothing to take away.' : 'Read back: it had not landed.'
  const done = fresh.length > 0 ? takenAway(run, parts, fresh) : superseded('not_landed', nothing)
  return surely ? done : orLookAgain(done, run, parts)
}

/** Neither there before, nor given by another grant. */
function isNew({ target }: Permission, run: InlineRun): boolean {
  return !run.delivery.inline.hadBefore.includes(target) && !isGiven(target, run)
}

/** What this grant has given: what is new, and what was there before, was taken away since, and has come back. */
async function freshOf(
  landed: readonly Permission[],
  run: InlineRun,
  { journal }: InlineParts,
): Promise<readonly Permission[]> {
  if (landed.every((one) => isNew(one, run))) return landed
  const { inline, id } = run.delivery
  const revoked = await journal.access.revokedSince({ deliveryId: id })
  const cameBack = (one: Permission) =>
    !isGiven(one.target, run) && revoked.includes(accessOf(inline.asked.application, one))
  return landed.filter((one) => isNew(one, run) || cameBack(one))
}

/** A later request took the same access away, or the person is locked out: its end is not waited for. */
async function isUnwanted(run: InlineRun, { journal }: InlineParts): Promise<boolean> {
  const { subject, authority } = run.delivery.inline.asked
  const lane = emailLane({ connector: run.connector.id, authority, email: subject.email })
  const found = await journal.access.hindrancesOf({ deliveryId: run.delivery.id, emailLane: lane })
  return found.some((one) => one !== 'late')
}

/** A call that was given up on may still wait inside the vendor: it is looked at once more, one lease after it began. */
function orLookAgain(done: InlineResult, run: InlineRun, parts: InlineParts): InlineResult {
  if (!mayLandYet(run, parts)) return done
  const said = 'error' in done.outcome ? done.outcome.error : ''
  return { ...done, outcome: untilLanded(said, parts).outcome }
}

function untilLanded(said: string, { leaseSeconds }: InlineParts): InlineResult {
  const error = `${said} It may yet land, and is looked at again.`
  return result({ kind: 'uncertain', error, retryAfterSeconds: leaseSeconds }, answerTooLate(error))
}

function mayLandYet({ delivery }: InlineRun, { leaseSeconds }: InlineParts): boolean {
  return delivery.inline.begunSecondsAgo < leaseSeconds
}

/** What another grant of the hub's gives stays. */
function isGiven(target: string, { lane }: InlineRun): boolean {
  return lane.grants.some(({ permission }) => permission.target === target)
}

function endsLater(run: InlineRun, { clock }: InlineParts): boolean {
  const { until } = run.delivery.inline.asked
  return until !== null && Date.parse(until) > clock.now().getTime()
}

/** The sender believes that it failed and may never take it away: the hub does, whatever is configured. */
function recorded(run: InlineRun, parts: InlineParts): InlineResult {
  const { inline } = run.delivery
  const delivery = { ...run.delivery, inline: { ...inline, asked: { ...inline.asked, endsAccess: true } } }
  return granted({ ...run, delivery }, parts, inline.hadBefore)
}

/** The connector cannot be asked. Taking all of it away is the safe side, but for what another grant gives. */
function cannotTell(run: InlineRun, parts: InlineParts): InlineResult {
  const { connector, delivery } = run
  if (!connector.connector.deprovision) {
    const error = `Nobody knows whether it landed: ${connector.id} can neither be asked nor take it away.`
    return result({ kind: 'uncertain', error, final: true }, answerTooLate(error))
  }
  const { permissions } = delivery.inline.asked
  const done = takenAway(
    run,
    parts,
    permissions.filter(({ target }) => !isGiven(target, run)),
  )
  return orLookAgain(done, run, parts)
}

function takenAway(run: InlineRun, parts: InlineParts, permissions: readonly Permission[]): InlineResult {
  const { delivery, lane, connector } = run
  const { person } = lane
  if (!person || permissions.length === 0) return superseded('not_landed', 'There is nothing to take away.')
  const taken = { ...delivery.inline.asked, permissions: [...permissions], whole: false }
  const revoke = {
    id: makeId('dlv', parts.clock),
    from: delivery.id,
    lane: lane.key,
    connector: connector.id,
    person,
    inline: { asked: taken, accesses: accessesOf(taken), deadlineInSeconds: 0, dedupeKey: null },
    due: { inSeconds: 0 },
    grants: null,
  }
  return {
    ...superseded('taken_away', `It had landed, though its sender was told otherwise: ${revoke.id} takes it away.`),
    settlement: { granted: [], ended: [], revokes: [revoke] },
  }
}

function superseded(code: DeliveryCode, error: string): InlineResult {
  return result({ kind: 'superseded', error, code }, answerTooLate(error))
}

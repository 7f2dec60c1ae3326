import { accessOf } from '../../core/access.ts'
import { answerHindered, answerTooLate, explainFailure, refuseRequest } from '../../core/answers.ts'
import type { Clock } from '../../core/clock.ts'
import {
  CollisionError,
  errorMessage,
  FencedOutError,
  HandlerFaultError,
  PermanentError,
  waitAsked,
} from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import { emailLane } from '../../core/lane.ts'
import { findRefusedRight, type Hindrance } from '../../core/outcome.ts'
import type { ClaimedInline } from '../../core/queue.ts'
import type { Seen } from '../../core/sight.ts'
import type { FollowingRevoke, Journal, NewGrant } from '../../journal/index.ts'
import type { LookAgain } from '../lease.ts'
import { type InlineResult, type InlineRun, type MakeCall, makeNews, makeResult } from './access-work.ts'
import { type AccessCall, callProvision, readTargets } from './call.ts'

/**
 * Gives the access that is asked for, while the sender waits. What was there before is noted, the grant is marked as
 * begun before the vendor is called, and only what is read back counts.
 */
export function makeProvision({
  journal,
  clock,
  makeCall,
  lookAgain,
}: {
  journal: Pick<Journal, 'access'>
  clock: Clock
  makeCall: MakeCall
  lookAgain: LookAgain
}): (run: InlineRun) => Promise<InlineResult> {
  const begin = ({ lane, delivery, connector }: InlineRun, hadBefore: readonly string[]) => {
    const { authority, subject } = delivery.inline.asked
    return journal.access.beginGrant({
      lane: { key: lane.key, epoch: lane.epoch },
      deliveryId: delivery.id,
      hadBefore,
      emailLane: emailLane({ connector: connector.id, authority, email: subject.email }),
      claimed: lane.deliveries.map(({ id }) => id),
    })
  }

  /** Carries a grant out that is begun; nothing that the vendor said proves that nothing was written. */
  const giveAndReadBack = async (run: InlineRun, { call, before, hadBefore }: Begun): Promise<InlineResult> => {
    const record = (seen: Seen | null) => recordGrant(run, { hadBefore, seen, clock })
    let refusal: PermanentError | CollisionError | null = null
    try {
      const late = { lane: run.lane.key, deliveryIds: [run.delivery.id] }
      await callProvision({ ...call, endedLate: () => lookAgain(late) })
    } catch (thrown) {
      if (!(thrown instanceof PermanentError || thrown instanceof CollisionError)) return endUncertain(run, thrown)
      refusal = thrown
    }
    try {
      const after = before === null ? null : await readTargets(call)
      if (refusal) return judgeRefusal(refusal, { run, before, after, record })
      const missing = listMissing(call, after)
      if (missing.length === 0) return record(after)
      const error = `Read back, it is not there: ${missing.join(', ')}.`
      if (after?.had.length === 0) {
        const both = '"provision" returned, and "has" sees nothing of it: one is wrong, or the vendor shows it late.'
        run.connector.noteFault(new HandlerFaultError(both))
      }
      return makeResult({ kind: 'uncertain', error }, answerTooLate(error))
    } catch (thrown) {
      // It may have been written, and cannot be read back: whatever the reason, it may be there.
      return endUncertain(run, refusal ?? thrown)
    }
  }

  return async (run) => {
    const { foreground } = run
    const call = makeCall(run, foreground ? AbortSignal.any([run.signal, foreground.signal]) : run.signal)
    let before: Seen | null
    try {
      before = await readTargets(call)
      const [unknown] = before?.unknown ?? []
      if (unknown) throw new PermanentError(`What the person has of it already could not be told. ${unknown.why}`)
    } catch (thrown) {
      return endUnbegun(run, thrown)
    }
    const hadBefore = (before?.had ?? []).filter((target) => !isOurs(run, target))
    const hindrance = await begin(run, hadBefore)
    if (hindrance !== null) return endHindered(run, hindrance)
    run.assertHeld()
    return giveAndReadBack(run, { call, before, hadBefore })
  }
}

type Begun = { call: AccessCall; before: Seen | null; hadBefore: readonly string[] }

type Refused = {
  run: InlineRun
  before: Seen | null
  after: Seen | null
  record(seen: Seen | null): InlineResult
}

/**
 * Judges what the connector refused by what is there now. All of it, and new: it was written all the same. What was there
 * before proves nothing. Nothing of it after a plain refusal: so it was. A collision may yet be carried out, and part of a
 * request may have been given: those are cleared up like every grant that was cut off.
 */
function judgeRefusal(refusal: PermanentError | CollisionError, { run, before, after, record }: Refused): InlineResult {
  const { permissions } = run.delivery.inline.asked
  const isNew = (target: string) => after?.had.includes(target) && !before?.had.includes(target)
  const fresh = permissions.filter(({ target }) => isNew(target))
  if (after !== null && fresh.length === permissions.length) return record(after)
  const isKnown = after === null ? permissions.length === 1 : after.unknown.length === 0
  if (refusal instanceof CollisionError || fresh.length > 0 || !isKnown) return endUncertain(run, refusal)
  const error = errorMessage(refusal)
  return makeResult({ kind: 'permanent', error }, refuseRequest(explainFailure(refusal, run)), tellRefusal(run, error))
}

function endHindered(run: InlineRun, hindrance: Hindrance): InlineResult {
  const { error, reply } = answerHindered(hindrance)
  return makeResult({ kind: 'superseded', error, code: hindrance }, reply, tellRefusal(run, error))
}

/**
 * True if the hub itself gave the target, through an earlier request, or may have given it through one that is not
 * cleared up yet: then it does not count as there before.
 */
function isOurs({ lane, delivery }: InlineRun, target: string): boolean {
  return (
    lane.grants.some((grant) => !grant.hadBefore && grant.permission.target === target) ||
    lane.deliveries.some(
      ({ id, kind, inline }) => id !== delivery.id && kind === 'provision' && mayHaveGiven(inline, target),
    )
  )
}

function mayHaveGiven(inline: ClaimedInline | null, target: string): boolean {
  if (!inline?.begun || inline.hadBefore.includes(target)) return false
  return inline.asked.permissions.some((permission) => permission.target === target)
}

function listMissing({ asked }: AccessCall, after: Seen | null): string[] {
  if (after === null) return []
  return asked.permissions.filter(({ target }) => !after.had.includes(target)).map(({ target }) => target)
}

/** Nothing was written: a late grant never happens, so this one is over. */
function endUnbegun(run: InlineRun, thrown: unknown): InlineResult {
  if (thrown instanceof FencedOutError) throw thrown
  const error = errorMessage(thrown)
  if (thrown instanceof PermanentError) {
    return makeResult({ kind: 'permanent', error }, refuseRequest(explainFailure(thrown, run)), tellRefusal(run, error))
  }
  return makeResult(
    { kind: 'superseded', error: `Not begun: ${error}`, code: 'not_begun' },
    answerTooLate(explainFailure(thrown, run)),
    {
      ...tellRefusal(run, error),
      refused: findRefusedRight(thrown, run.connector.id),
    },
  )
}

/** The vendor was called, and something went wrong: it may be there. */
function endUncertain(run: InlineRun, thrown: unknown): InlineResult {
  if (run.signal.aborted && run.signal.reason instanceof FencedOutError) throw run.signal.reason
  const error = errorMessage(thrown)
  return makeResult(
    { kind: 'uncertain', error: `It may have landed: ${error}`, ...waitAsked(thrown) },
    answerTooLate(explainFailure(thrown, run)),
    { ...tellRefusal(run, error), refused: findRefusedRight(thrown, run.connector.id) },
  )
}

function tellRefusal(run: InlineRun, reason: string) {
  return { news: [makeNews(run, 'hub.access.refused', reason)] }
}

/** Records the grants, the accounts that they were given to, the revoke at their end, and a revoke at once if the person was denied while they were given. */
export function recordGrant(
  run: InlineRun,
  { hadBefore, seen, clock }: { hadBefore: readonly string[]; seen: Seen | null; clock: Clock },
): InlineResult {
  const { delivery, lane, connector } = run
  const { person } = lane
  if (!person) throw new Error('A grant is given to a person: its lane has none.')
  const { asked } = delivery.inline
  const { source, until, endsAccess } = asked
  const grants = asked.permissions.map(
    (permission): NewGrant => ({
      id: makeId('grt', clock),
      person: person.id,
      connector: connector.id,
      source,
      deliveryId: delivery.id,
      access: accessOf(asked.application, permission),
      permission,
      asked,
      until,
      hadBefore: hadBefore.includes(permission.target),
      invited: seen?.invited.includes(permission.target) ?? false,
    }),
  )
  const { accesses } = delivery.inline
  const revoke = (due: FollowingRevoke['due'], rest: Partial<FollowingRevoke>): FollowingRevoke => ({
    ...{ id: makeId('dlv', clock), from: delivery.id, lane: lane.key, connector: connector.id, person },
    ...{ inline: { asked, accesses, deadlineInSeconds: 0, dedupeKey: null }, due, grants: null },
    ...rest,
  })
  const state = run.foreground?.state
  return makeResult(
    { kind: 'succeeded' },
    { kind: 'done' },
    {
      settlement: {
        granted: grants,
        revokes: [
          revoke({ inSeconds: 0 }, { onlyIfDenied: true }),
          ...(until && endsAccess ? [revoke({ at: until }, { grants: grants.map(({ id }) => id) })] : []),
        ],
      },
      news: [makeNews(run, 'hub.access.granted', null)],
      asked: true,
      sightings: [
        ...(state?.emails ?? []).map((value) => ({ kind: 'email' as const, value })),
        ...(seen?.links ?? []).map((value) => ({ kind: 'link' as const, value, connector: connector.id })),
      ],
    },
  )
}

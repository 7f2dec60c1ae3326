import { accessOf } from '../../core/access.ts'
import { answerTooLate, explainFailure, refuseRequest } from '../../core/answers.ts'
import type { Clock } from '../../core/clock.ts'
import { errorMessage, FencedOutError, PermanentError } from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import { emailLane } from '../../core/lane.ts'
import { findRefusedRight, type Hindrance } from '../../core/outcome.ts'
import type { ClaimedInline } from '../../core/queue.ts'
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
    })
  }

  return async (run) => {
    const { foreground, lane, delivery } = run
    const call = makeCall(run, foreground ? AbortSignal.any([run.signal, foreground.signal]) : run.signal)
    let before: string[] | null
    try {
      before = await readTargets(call)
    } catch (thrown) {
      return endUnbegun(run, thrown)
    }
    const hadBefore = (before ?? []).filter((target) => !isOurs(run, target))
    const hindrance = await begin(run, hadBefore)
    if (hindrance !== null) return endHindered(run, hindrance)
    run.assertHeld()
    try {
      const late = { lane: lane.key, deliveryIds: [delivery.id] }
      await callProvision({ ...call, endedLate: () => lookAgain(late) })
    } catch (thrown) {
      const refusedWhole = thrown instanceof PermanentError && call.asked.permissions.length === 1
      return endUncertain(run, thrown, { refusedWhole })
    }
    try {
      const missing = listMissing(call, before === null ? null : await readTargets(call))
      if (missing.length === 0) return recordGrant(run, { hadBefore, clock })
      const error = `Read back, it is not there: ${missing.join(', ')}.`
      return makeResult({ kind: 'uncertain', error }, answerTooLate(error))
    } catch (thrown) {
      // It was written, and cannot be read back: whatever the reason, it may be there.
      return endUncertain(run, thrown, { refusedWhole: false })
    }
  }
}

const hindranceWords: Record<Hindrance, string> = {
  late: 'It was not begun in time, and a late grant never happens.',
  denied: 'The person is locked out.',
  leaving: 'A lockout of the person was announced, and is not settled yet.',
  revoked: 'A later request took the same access away.',
  waiting: 'An earlier request to take the same access away is not done yet.',
}

function endHindered(run: InlineRun, hindrance: Hindrance): InlineResult {
  const error = hindranceWords[hindrance]
  const reply = hindrance === 'late' || hindrance === 'waiting' ? answerTooLate(error) : refuseRequest(error)
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

function listMissing({ asked }: AccessCall, after: string[] | null): string[] {
  if (after === null) return []
  return asked.permissions.filter(({ target }) => !after.includes(target)).map(({ target }) => target)
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

/**
 * The vendor was called, and something went wrong. One permission that the connector refused was not given; of several,
 * some may have been, and a credential may have been refused in the middle of several calls.
 */
function endUncertain(run: InlineRun, thrown: unknown, { refusedWhole }: { refusedWhole: boolean }): InlineResult {
  if (run.signal.aborted && run.signal.reason instanceof FencedOutError) throw run.signal.reason
  const error = errorMessage(thrown)
  const right = findRefusedRight(thrown, run.connector.id)
  const said = explainFailure(thrown, run)
  const reply = thrown instanceof PermanentError ? refuseRequest(said) : answerTooLate(said)
  const rest = { ...tellRefusal(run, error), refused: right }
  if (refusedWhole) return makeResult({ kind: 'permanent', error }, reply, rest)
  return makeResult({ kind: 'uncertain', error: `It may have landed: ${error}` }, reply, rest)
}

function tellRefusal(run: InlineRun, reason: string) {
  return { news: [makeNews(run, 'hub.access.refused', reason)] }
}

/** Records the grants, the revoke at their end, and a revoke at once if the person was denied while they were given. */
export function recordGrant(
  run: InlineRun,
  { hadBefore, clock }: { hadBefore: readonly string[]; clock: Clock },
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
      sightings: (state?.emails ?? []).map((value) => ({ kind: 'email' as const, value })),
    },
  )
}

import { accessOf } from '../../core/access.ts'
import { answerTooLate, explainFailure, refuseRequest } from '../../core/answers.ts'
import { errorMessage, FencedOutError, PermanentError } from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import { emailLane } from '../../core/lane.ts'
import { findRefusedRight, type Hindrance } from '../../core/outcome.ts'
import type { ClaimedInline } from '../../core/queue.ts'
import type { FollowingRevoke, NewGrant } from '../../journal/index.ts'
import { callOf, type InlineParts, type InlineResult, type InlineRun, newsOf, result } from './access-work.ts'
import { type AccessCall, callProvision, readTargets } from './call.ts'

/**
 * Gives the access that is asked for, while the sender waits. What was there before is noted, the grant is marked as
 * begun before the vendor is called, and only what is read back counts.
 */
export async function runProvision(run: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const { foreground } = run
  const signal = foreground ? AbortSignal.any([run.signal, foreground.signal]) : run.signal
  const call = callOf(run, parts, signal)
  let before: string[] | null
  try {
    before = await readTargets(call)
  } catch (thrown) {
    return notBegun(run, thrown)
  }
  const hadBefore = (before ?? []).filter((target) => !isOurs(run, target))
  const hindrance = await parts.journal.access.beginGrant({
    lane: { key: run.lane.key, epoch: run.lane.epoch },
    deliveryId: run.delivery.id,
    hadBefore,
    emailLane: emailLane({
      connector: run.connector.id,
      authority: run.delivery.inline.asked.authority,
      email: call.asked.subject.email,
    }),
  })
  if (hindrance !== null) {
    const error = hindranceWords[hindrance]
    const reply = hindrance === 'late' || hindrance === 'waiting' ? answerTooLate(error) : refuseRequest(error)
    return result({ kind: 'superseded', error, code: hindrance }, reply, refusedNews(run, error))
  }
  run.assertHeld()
  try {
    const late = { lane: run.lane.key, deliveryIds: [run.delivery.id] }
    const endedLate = () => parts.lookAgain(late)
    await callProvision({ ...call, endedLate })
  } catch (thrown) {
    return cutOff(run, thrown, {
      refusedWhole: thrown instanceof PermanentError && call.asked.permissions.length === 1,
    })
  }
  try {
    const missing = missingFrom(call, before === null ? null : await readTargets(call))
    if (missing.length === 0) return granted(run, parts, hadBefore)
    const error = `Read back, it is not there: ${missing.join(', ')}.`
    return result({ kind: 'uncertain', error }, answerTooLate(error))
  } catch (thrown) {
    // It was written, and cannot be read back: whatever the reason, it may be there.
    return cutOff(run, thrown, { refusedWhole: false })
  }
}

const hindranceWords: Record<Hindrance, string> = {
  late: 'It was not begun in time, and a late grant never happens.',
  denied: 'The person is locked out.',
  leaving: 'A lockout of the person was announced, and is not settled yet.',
  revoked: 'A later request took the same access away.',
  waiting: 'An earlier request to take the same access away is not done yet.',
}

/**
 * The hub itself gave it, through an earlier request, or may have given it through one that is not cleared up yet: it is
 * not what was there before.
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

function missingFrom({ asked }: AccessCall, after: string[] | null): string[] {
  if (after === null) return []
  return asked.permissions.filter(({ target }) => !after.includes(target)).map(({ target }) => target)
}

/** Nothing was written: a late grant never happens, so this one is over. */
function notBegun(run: InlineRun, thrown: unknown): InlineResult {
  if (thrown instanceof FencedOutError) throw thrown
  const error = errorMessage(thrown)
  if (thrown instanceof PermanentError) {
    return result({ kind: 'permanent', error }, refuseRequest(explainFailure(thrown, run)), refusedNews(run, error))
  }
  return result(
    { kind: 'superseded', error: `Not begun: ${error}`, code: 'not_begun' },
    answerTooLate(explainFailure(thrown, run)),
    {
      ...refusedNews(run, error),
      refused: findRefusedRight(thrown, run.connector.id),
    },
  )
}

/**
 * The vendor was called, and something went wrong. One permission that the connector refused was not given; of several,
 * some may have been, and a credential may have been refused in the middle of several calls.
 */
function cutOff(run: InlineRun, thrown: unknown, { refusedWhole }: { refusedWhole: boolean }): InlineResult {
  if (run.signal.aborted && run.signal.reason instanceof FencedOutError) throw run.signal.reason
  const error = errorMessage(thrown)
  const right = findRefusedRight(thrown, run.connector.id)
  const said = explainFailure(thrown, run)
  const reply = thrown instanceof PermanentError ? refuseRequest(said) : answerTooLate(said)
  const rest = { ...refusedNews(run, error), refused: right }
  if (refusedWhole) return result({ kind: 'permanent', error }, reply, rest)
  return result({ kind: 'uncertain', error: `It may have landed: ${error}` }, reply, rest)
}

function refusedNews(run: InlineRun, reason: string) {
  return { news: [newsOf(run, 'hub.access.refused', reason)] }
}

/** The grants, their end, and what happens if the person was denied while they were given. */
export function granted(run: InlineRun, parts: InlineParts, hadBefore: readonly string[]): InlineResult {
  const { delivery, lane, connector } = run
  const { person } = lane
  if (!person) throw new Error('A grant is given to somebody: its lane has no person.')
  const { asked } = delivery.inline
  const { source, until, endsAccess } = asked
  const grants = asked.permissions.map(
    (permission): NewGrant => ({
      id: makeId('grt', parts.clock),
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
  const revoke = (due: FollowingRevoke['due'], rest: Partial<FollowingRevoke>): FollowingRevoke => ({
    id: makeId('dlv', parts.clock),
    from: delivery.id,
    lane: lane.key,
    connector: connector.id,
    person,
    inline: {
      asked,
      accesses: delivery.inline.accesses,
      deadlineInSeconds: 0,
      dedupeKey: null,
    },
    due,
    grants: null,
    ...rest,
  })
  const state = run.foreground?.state
  return result(
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
      news: [newsOf(run, 'hub.access.granted', null)],
      asked: true,
      sightings: (state?.emails ?? []).map((value) => ({ kind: 'email' as const, value })),
    },
  )
}

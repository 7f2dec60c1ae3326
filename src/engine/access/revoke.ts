import { isTakenBy, type LiveGrant, type Permission } from '../../core/access.ts'
import { answerGoesOn, answerObserving, explainFailure } from '../../core/answers.ts'
import type { Clock } from '../../core/clock.ts'
import { FencedOutError } from '../../core/errors.ts'
import { classify } from '../../core/outcome.ts'
import type { AccessSettlement } from '../../journal/index.ts'
import type { IsObserving } from '../is-observing.ts'
import { type InlineResult, type InlineRun, type MakeCall, makeNews, makeResult } from './access-work.ts'
import { callDeprovision, readTargets } from './call.ts'
import { explainNotGone } from './removal.ts'

/** Takes access away: because it was asked for, or because its time is over. Tried for as long as it takes. */
export type Revoke = (run: InlineRun) => Promise<InlineResult>

export function makeRevoke({
  clock,
  isObserving,
  makeCall,
}: {
  clock: Clock
  isObserving: IsObserving
  makeCall: MakeCall
}): Revoke {
  /** Null when all of it is gone, read back where the connector can tell. */
  const takeAway = async (run: InlineRun, permissions: readonly Permission[]): Promise<InlineResult | null> => {
    const call = { ...makeCall(run), permissions: uniqueByTarget(permissions) }
    try {
      run.assertHeld()
      await callDeprovision(call)
      const error = explainNotGone(await readTargets(call), run.lane.grants)
      if (error === null) return null
      return makeResult({ kind: 'retry', error }, answerGoesOn(error))
    } catch (thrown) {
      if (thrown instanceof FencedOutError) throw thrown
      run.assertHeld()
      return makeResult(classify(thrown, run.connector.id), answerGoesOn(explainFailure(thrown, run)))
    }
  }

  /** It was asked for: all grants of the access that the hub knows of are over. */
  const revokeAsked = async (run: InlineRun): Promise<InlineResult> => {
    const { delivery, lane, connector } = run
    const { asked } = delivery.inline
    // Also under the target that it was given by, though the allow-list has another for it now.
    const also = lane.grants.filter((grant) =>
      isTakenBy({ asked: grant.asked, accesses: [grant.access] }, delivery.inline),
    )
    const failed = await takeAway(run, [...asked.permissions, ...also.map(({ permission }) => permission)])
    if (failed) return failed
    const accesses = [...delivery.inline.accesses, ...also.map(({ access }) => access)]
    const end = { deliveryId: delivery.id, reason: 'It was taken away.', connector: connector.id, accesses }
    return endAccess(run, { ended: lane.person ? [{ ...end, person: lane.person.id }] : [], reason: null })
  }

  /**
   * Its time is over. What the person had before is left, and so is what another grant still gives: an extension, or a
   * second request for the same access.
   */
  const revokeOver = async (run: InlineRun, ids: readonly string[]): Promise<InlineResult> => {
    const over = run.lane.grants.filter(({ id }) => ids.includes(id))
    if (over.length === 0) {
      const error = 'The access was over already.'
      return makeResult({ kind: 'superseded', error, code: 'already_over' }, { kind: 'done' })
    }
    const reason = 'Its time is over.'
    const ended = [{ deliveryId: run.delivery.id, reason, ids: over.map(({ id }) => id) }]
    const alone = listGivenAlone(over, run.lane.grants, clock)
    const toTake = alone.filter(({ hadBefore }) => !hadBefore).map(({ permission }) => permission)
    if (toTake.length === 0) {
      const ending =
        alone.length < over.length
          ? ({ error: 'Another grant gives the same access.', code: 'given_elsewhere' } as const)
          : ({ error: 'The person had it before.', code: 'had_before' } as const)
      return makeResult({ kind: 'superseded', ...ending }, { kind: 'done' }, { settlement: { ended } })
    }
    const failed = await takeAway(run, toTake)
    return failed ?? endAccess(run, { ended, reason })
  }

  return async (run) => {
    if (await isObserving(run.lane.person?.id ?? null)) return onlyObserve(run)
    const { grants } = run.delivery.inline
    return grants === null ? revokeAsked(run) : revokeOver(run, grants)
  }
}

/** Lists those of the grants that are over whose target no other live grant gives. */
function listGivenAlone(over: readonly LiveGrant[], all: readonly LiveGrant[], clock: Clock): LiveGrant[] {
  const now = clock.now().getTime()
  const lives = (grant: LiveGrant) => !over.includes(grant) && (grant.until === null || Date.parse(grant.until) > now)
  const givesToo = (target: string) => all.some((other) => other.permission.target === target && lives(other))
  return over.filter(({ permission }) => !givesToo(permission.target))
}

type End = { ended: AccessSettlement['ended']; reason: string | null }

function endAccess(run: InlineRun, { ended, reason }: End): InlineResult {
  const news = [makeNews(run, 'hub.access.ended', reason)]
  return makeResult({ kind: 'succeeded' }, { kind: 'done' }, { settlement: { ended }, news, asked: true })
}

/**
 * A revoke while the hub observes. It is over only if its sender still waits and hears so. Any other is still owed: it
 * waits until the hub enforces.
 */
function onlyObserve({ delivery, foreground }: InlineRun): InlineResult {
  const isHeard = foreground?.deliveryId === delivery.id && !foreground.signal.aborted
  const error = isHeard
    ? 'Observing: nothing was taken away.'
    : 'Observing: nothing is taken away before the hub enforces.'
  return isHeard
    ? makeResult({ kind: 'superseded', error, code: 'observing' }, answerObserving(error))
    : makeResult({ kind: 'observing', error, code: 'observing' }, answerGoesOn(error))
}

function uniqueByTarget(permissions: readonly Permission[]): Permission[] {
  return [...new Map(permissions.map((permission) => [permission.target, permission])).values()]
}

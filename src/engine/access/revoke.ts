import { isTakenBy, type LiveGrant, type Permission } from '../../core/access.ts'
import { answerGoesOn, answerObserving, explainFailure } from '../../core/answers.ts'
import { FencedOutError } from '../../core/errors.ts'
import { classify } from '../../core/outcome.ts'
import { callOf, type InlineParts, type InlineResult, type InlineRun, newsOf, result } from './access-work.ts'
import { callDeprovision, readTargets } from './call.ts'

/** Takes access away: because it was asked for, or because its time is over. Tried for as long as it takes. */
export async function runRevoke(run: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const { inline } = run.delivery
  if (parts.policy.mode === 'observe') return onlyObserved(run)
  return inline.grants === null ? revokeAsked(run, parts) : revokeOver(run, parts, inline.grants)
}

/**
 * Over only for a sender who hears so. Whatever was promised before, or is promised to nobody, is still owed: it waits
 * until the hub enforces.
 */
function onlyObserved({ delivery, foreground }: InlineRun): InlineResult {
  const isHeard = foreground?.deliveryId === delivery.id && !foreground.signal.aborted
  const error = isHeard
    ? 'Observing: nothing was taken away.'
    : 'Observing: nothing is taken away before the hub enforces.'
  return isHeard
    ? result({ kind: 'superseded', error, code: 'observing' }, answerObserving(error))
    : result({ kind: 'observing', error, code: 'observing' }, answerGoesOn(error))
}

/** Somebody asked for it: whatever the hub knows of the access is over. */
async function revokeAsked(run: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const { delivery, lane, connector } = run
  const { asked } = delivery.inline
  // Also under the target that it was given by, though the allow-list has another for it now.
  const also = lane.grants.filter((grant) =>
    isTakenBy({ asked: grant.asked, accesses: [grant.access] }, delivery.inline),
  )
  const permissions = uniqueByTarget([...asked.permissions, ...also.map(({ permission }) => permission)])
  const failed = await takeAway(run, parts, permissions)
  if (failed) return failed
  const accesses = [...delivery.inline.accesses, ...also.map(({ access }) => access)]
  const ended = lane.person
    ? [
        {
          deliveryId: delivery.id,
          reason: 'It was taken away.',
          person: lane.person.id,
          connector: connector.id,
          accesses,
        },
      ]
    : []
  return result(
    { kind: 'succeeded' },
    { kind: 'done' },
    {
      settlement: { ended },
      news: [newsOf(run, 'hub.access.ended', null)],
      asked: true,
    },
  )
}

/**
 * Its time is over. What the person had before is left, and so is what another grant still gives: an extension, or a
 * second request for the same access.
 */
async function revokeOver(run: InlineRun, parts: InlineParts, ids: readonly string[]): Promise<InlineResult> {
  const { lane, delivery } = run
  const over = lane.grants.filter(({ id }) => ids.includes(id))
  if (over.length === 0) {
    const error = 'The access was over already.'
    return result({ kind: 'superseded', error, code: 'already_over' }, { kind: 'done' })
  }
  const now = parts.clock.now().getTime()
  const lives = (grant: LiveGrant) => !ids.includes(grant.id) && (grant.until === null || Date.parse(grant.until) > now)
  const givesToo = (target: string) => lane.grants.some((other) => other.permission.target === target && lives(other))
  const alone = over.filter(({ permission }) => !givesToo(permission.target))
  const toTake = alone.filter(({ hadBefore }) => !hadBefore).map(({ permission }) => permission)
  const ended = [{ deliveryId: delivery.id, reason: 'Its time is over.', ids: over.map(({ id }) => id) }]
  if (toTake.length === 0) {
    const ending =
      alone.length < over.length
        ? ({ error: 'Another grant gives the same access.', code: 'given_elsewhere' } as const)
        : ({ error: 'The person had it before.', code: 'had_before' } as const)
    return result({ kind: 'superseded', ...ending }, { kind: 'done' }, { settlement: { ended } })
  }
  const failed = await takeAway(run, parts, uniqueByTarget(toTake))
  if (failed) return failed
  return result(
    { kind: 'succeeded' },
    { kind: 'done' },
    {
      settlement: { ended },
      news: [newsOf(run, 'hub.access.ended', 'Its time is over.')],
      asked: true,
    },
  )
}

/** Null when all of it is gone, read back where the connector can tell. */
async function takeAway(
  run: InlineRun,
  parts: InlineParts,
  permissions: readonly Permission[],
): Promise<InlineResult | null> {
  const call = { ...callOf(run, parts), permissions }
  try {
    run.assertHeld()
    await callDeprovision(call)
    const left = await readTargets(call)
    if (left === null || left.length === 0) return null
    const error = `Read back, it is still there: ${left.join(', ')}.`
    return result({ kind: 'retry', error }, answerGoesOn(error))
  } catch (thrown) {
    if (thrown instanceof FencedOutError) throw thrown
    run.assertHeld()
    const outcome = classify(thrown, run.connector.id)
    return result(outcome, answerGoesOn(explainFailure(thrown, run)))
  }
}

function uniqueByTarget(permissions: readonly Permission[]): Permission[] {
  return [...new Map(permissions.map((permission) => [permission.target, permission])).values()]
}

import type { Sighting } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { errorMessage, RateLimitError } from '../../core/errors.ts'
import { classify, type Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { HubPolicy } from '../../core/policy.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import type { WorkScope } from '../../core/work-scope.ts'
import type { RecordDenial } from '../../events/record-denial.ts'
import { readState } from '../../host/authority.ts'
import { hubAsTarget } from '../../host/hub-as-target.ts'
import type { Installed } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'
import { makeLookAtGrants } from '../access/look-at-grants.ts'
import { retryWhenConfigured, type Tried, timeAttempt } from '../ending/tried.ts'
import type { IsObserving } from '../is-observing.ts'
import type { Lease, LookAgain } from '../lease.ts'
import { makePlanAndApply } from './apply.ts'
import { makePassBrake } from './brake.ts'
import { findCallClass } from './call-class.ts'
import { chooseWork, planLookOf } from './looks.ts'
import { makePlanning, type Subject } from './plan.ts'
import { makeDenyOnHookAlone } from './provisional.ts'
import { newestOf, type SyncRun, type SyncWork, subjectOf } from './sync-work.ts'
import { takeOpening } from './take-opening.ts'
import { findTooEarly, type TooEarly } from './too-early.ts'

/** Runs all sync deliveries of a lane as one; null when none of them is due. */
type RunSync = (lane: ClaimedLane, lease: Lease) => Promise<Tried | null>

/**
 * Brings one person's state at one connector to what it should be: read the truth, plan, write the difference, plan
 * again. Success is an empty plan and nothing owed.
 */
export function makeRunSync({
  journal,
  installed,
  clock,
  policy,
  isObserving,
  rechecks,
  leaseSeconds,
  lookAgain,
  recordDenial,
  scope,
}: {
  journal: Pick<Journal, 'queue' | 'records'>
  installed: readonly Installed[]
  clock: Clock
  policy: HubPolicy
  isObserving: IsObserving
  /** Further reads of a person whom a hook contradicts, before the hook is given up. */
  rechecks: number
  leaseSeconds: number
  lookAgain: LookAgain
  recordDenial: RecordDenial
  scope: WorkScope
}): RunSync {
  const passBrake = makePassBrake({ journal, limits: policy.brake, clock })
  const planning = makePlanning({ installed, journal, clock })
  const { provisionalDeny: isAllowed } = policy
  const planAndApply = makePlanAndApply({
    journal,
    clock,
    isObserving,
    leaseSeconds,
    ...planning,
    passBrake,
    lookAgain,
  })
  const lookAtGrants = makeLookAtGrants({ journal, clock })
  const denyOnHookAlone = makeDenyOnHookAlone({ isAllowed, planAndApply, clock })

  /**
   * Null: go on. A denial that could not be recorded ends the run: what it settled would be taken for the record, and no
   * event would ever tell of it.
   */
  const recordRead = async (work: SyncWork, state: PersonState): Promise<Outcome | null> => {
    const { lane, lease, person, deliveries } = work
    if (state.access !== 'deny') return null
    try {
      lease.assertHeld()
      const { traceId } = newestOf(deliveries).event
      await recordDenial({ person, state, lane: { key: lane.key, epoch: lane.epoch }, traceId })
      return null
    } catch (thrown) {
      return { kind: 'retry', error: `The denial that was read could not be journaled: ${errorMessage(thrown)}` }
    }
  }

  const readAndAct = async (work: SyncWork, run: SyncRun): Promise<Outcome> => {
    const { authority, person } = work
    if (work.lane.authorityPaused) {
      const error = `${authority.id} is not asked: it refused the credential, or does not answer.`
      run.outcome = { kind: 'paused', error }
      await denyOnHookAlone(work, run)
      return run.outcome
    }
    // Ids that nobody has read before may be made up: they leave half of the authority's limit to people who are known.
    // Who has a session or a token of this hub is none of those.
    const mayBeMadeUp = person.state === null && work.installed !== hubAsTarget
    const secondsUntilRoom = mayBeMadeUp ? authority.pulse.secondsUntilRoom() : 0
    if (secondsUntilRoom > 0) {
      const error = `${authority.id} has less than half of its rate limit left, and that is for people who are known.`
      return { kind: 'busy', error, waitSeconds: secondsUntilRoom }
    }
    if (work.calls !== 'opening') return readAndPlan(work, run)
    const opening = await takeOpening({ authority, target: work.installed, scope })
    if (opening.refused) return opening.refused
    return readAndPlan(work, run).finally(opening.end)
  }

  const readAndPlan = async (work: SyncWork, run: SyncRun): Promise<Outcome> => {
    const { authority, person, signal } = work
    const state = await readState({ authority, person, signal, clock })
    if ('kind' in state) return state
    const unrecorded = await recordRead(work, state)
    if (unrecorded) return unrecorded
    run.state = state
    run.sightings.push(...listSightings(state))
    const tooEarly = findTooEarly(state, work.deliveries)
    if (tooEarly && tooEarly.rechecks < rechecks) return tooEarly
    const verified = await verify(subjectOf(work, state), { work, run })
    if (verified) return verified
    const outcome = await planAndApply(subjectOf(work, state), { work, run })
    run.searched = work.installed.connector.sync !== undefined
    return tooEarly ? contradict(tooEarly, outcome) : readAgain(state, outcome)
  }

  /**
   * Looks again at a person whose work was done. Null: it is an ordinary run, or the person may come in again and no hook
   * told of it, so that the run goes on as an ordinary one. Nobody at the target is an answer too: it has further looks
   * in the schedule of verifications, and none of its own.
   */
  const verify = async (subject: Subject, { work, run }: { work: SyncWork; run: SyncRun }): Promise<Outcome | null> => {
    if (work.looks.includes('grants')) {
      const { alerts, ...found } = await lookAtGrants(work, subject.state)
      Object.assign(run, found)
      run.alerts.push(...alerts)
    }
    const look = planLookOf(work.looks)
    const { access } = subject.state
    if (work.looks.length === 0 || (look !== undefined && access === 'allow')) return null
    run.looks = work.looks
    if (look === undefined || access !== 'deny') return { kind: 'succeeded' }
    const outcome = await planAndApply(subject, { work, run, look })
    return outcome.kind === 'no_match' ? { kind: 'succeeded' } : outcome
  }

  const runWork = async (work: SyncWork): Promise<SyncRun> => {
    const run = makeEmptyRun(Boolean(work.installed.connector.sync))
    try {
      run.outcome = await readAndAct(work, run)
    } catch (thrown) {
      run.outcome = classify(thrown, run.state === null ? work.authority.id : work.installed.id)
      // A refusal of this one person is no outage, nor is a rate limit that anybody's hook may have used up: the word of a
      // hook must not decide whom the hub locks out.
      const isOutage = run.outcome.kind !== 'missing_right' && !(thrown instanceof RateLimitError)
      if (run.state === null && isOutage) await denyOnHookAlone(work, run)
    }
    return run
  }

  return async (lane, lease) => {
    const chosen = chooseWork(lane.deliveries.filter(({ kind }) => kind === 'sync'))
    if (chosen === null) return null
    const { deliveries, looks } = chosen
    const newest = newestOf(deliveries)
    const calls = findCallClass(lane, chosen)
    return timeAttempt(newest, { clock, scope, lease, connector: lane.connector, ...calls }, async () => {
      const target = [hubAsTarget, ...installed].find(({ id }) => id === lane.connector)
      const authority = installed.find(({ id }) => id === lane.authority)
      const { person } = lane
      const run =
        target && authority && person
          ? await runWork({
              lane,
              lease,
              person,
              installed: target,
              authority,
              signal: lease.signal,
              deliveries,
              ...calls,
              // There is nothing at the hub itself that could be looked at again.
              looks: target === hubAsTarget ? [] : looks,
            })
          : null
      lease.assertHeld()
      const collapsed = deliveries.filter((other) => other !== newest)
      return { outcome: run?.outcome ?? retryWhenConfigured(lane), collapsed, run }
    })
  }
}

function makeEmptyRun(hasTargets: boolean): SyncRun {
  return {
    hasTargets,
    outcome: { kind: 'succeeded' },
    others: [],
    state: null,
    sightings: [],
    conflicts: [],
    changes: [],
    targets: [],
    looks: [],
    alerts: [],
    news: [],
    lapsed: [],
    takenUp: [],
    searched: false,
    provisional: null,
  }
}

/**
 * The authority said the same to the end, so its word is taken: a person who came back, and whose return was overtaken by
 * a denial with a wrong time or by a mere hook, would otherwise stay locked out for good. An operator is alerted.
 */
function contradict({ error, rechecks }: TooEarly, done: Outcome): Outcome {
  if (done.kind === 'succeeded' || done.kind === 'observed') return { kind: 'contradicted', error, rechecks }
  if (done.kind !== 'held' || done.code !== 'conflict') return done
  return { kind: 'contradicted', error: `${error} ${done.error}`, rechecks }
}

/** What the authority is not sure of yet is read once more, as other work is tried again. */
function readAgain({ readAgainSeconds: seconds }: PersonState, done: Outcome): Outcome {
  if (seconds === undefined || (done.kind !== 'succeeded' && done.kind !== 'observed')) return done
  const error = `The authority is not sure yet: it is read again in ${Math.ceil(seconds)} s.`
  return { kind: 'retry', error, retryAfterSeconds: seconds }
}

function listSightings(state: PersonState): Sighting[] {
  return [
    ...state.emails.map((value) => ({ kind: 'email' as const, value })),
    ...state.logins.map((value) => ({ kind: 'login' as const, value })),
  ]
}

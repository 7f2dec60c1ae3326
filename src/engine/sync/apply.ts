import type { Change, Plan } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import type { Alert } from '../../core/hub-event-types.ts'
import { classify, type Outcome, type OutcomeKind } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import { withClient } from '../../host/installed.ts'
import { makePerson } from '../../host/person.ts'
import type { Journal } from '../../journal/index.ts'
import { endGrant, isEndOfGrant } from '../access/end-grant.ts'
import type { IsObserving } from '../is-observing.ts'
import type { LookAgain } from '../lease.ts'
import { applyChanges } from './apply-changes.ts'
import type { PassBrake } from './brake.ts'
import { listChanges, type MakeContext, type PlanPerson, type PlanScope, type Subject } from './plan.ts'
import { newestOf, type SyncRun, type SyncWork } from './sync-work.ts'

/** Adds what it found and did to the run. */
export type PlanAndApply = (subject: Subject, act: { work: SyncWork; run: SyncRun } & PlanScope) => Promise<Outcome>

/** Plans, stops at the brake, journals what will be owed, writes, and plans again to read back what was written. */
export function makePlanAndApply({
  journal,
  clock,
  isObserving,
  leaseSeconds,
  planPerson,
  makeContext,
  passBrake,
  lookAgain,
}: {
  journal: Pick<Journal, 'queue' | 'records'>
  clock: Clock
  isObserving: IsObserving
  leaseSeconds: number
  planPerson: PlanPerson
  makeContext: MakeContext
  passBrake: PassBrake
  lookAgain: LookAgain
}): PlanAndApply {
  /** Leases the users and journals what is owed to them; null when another lane's run is at one of them. */
  const prepare = async ({ lane, person, lease }: SyncWork, changes: readonly Change[], plan: Plan) => {
    const leased = await journal.queue.prepare({
      lane: { key: lane.key, epoch: lane.epoch },
      connector: lane.connector,
      person: person.id,
      targets: changes.filter((change) => !isEndOfGrant(change)).map(({ target }) => target),
      links: (plan.sightings ?? []).filter(({ kind }) => kind === 'link').map(({ value }) => value),
      owed: plan.changes.filter(({ owed }) => owed),
      leaseSeconds,
    })
    if (leased) lease.include(leased)
    return leased
  }

  const write = async (change: Change, { subject, work }: { subject: Subject; work: SyncWork }) => {
    const { installed, authority, lane, lease, deliveries } = work
    if (isEndOfGrant(change)) {
      const { person, state, attempt } = subject
      const { signal } = lease
      const view = { installed, authority, authorities: [authority], clock, journal, signal }
      return endGrant(
        lane.grants.find(({ id }) => id === change.target),
        {
          ...{ installed, clock, signal, attempt, person: makePerson({ person, state }, view) },
          idempotencyKey: `${subject.idempotencyKey}:${change.target}`,
        },
      )
    }
    const late = { lane: lane.key, deliveryIds: [newestOf(deliveries).id] }
    return withClient(
      installed,
      async (client) => installed.connector.sync?.apply({ ...makeContext(subject, work, client), change }),
      { endedLate: () => lookAgain(late) },
    )
  }

  /** Believes only what is read back: what a second plan would still change was not done. */
  const readBack = async (changes: readonly Change[], subject: Subject, work: SyncWork): Promise<Outcome[]> => {
    const written = changes.filter((change) => !change.owed && !isEndOfGrant(change)).map(({ target }) => target)
    if (written.length === 0) return []
    try {
      const again = await planPerson(subject, work, { targets: [...new Set(written)] })
      const different = again.changes.find((change) => !change.owed)
      if (!different) return []
      return [{ kind: 'retry', error: `Read back, ${different.target} is not as it was written: ${different.summary}` }]
    } catch (thrown) {
      return [classify(thrown, work.installed.id)]
    }
  }

  return async (subject, { work, run, ...scope }) => {
    const { installed, lease } = work
    const plan = await planPerson(subject, work, scope)
    run.sightings.push(...(plan.sightings ?? []).map((sighting) => ({ ...sighting, connector: installed.id })))
    run.conflicts.push(...(plan.conflicts ?? []))
    run.alerts.push(...listDoubtful(plan, work))

    const changes = listChanges(plan, { lane: work.lane, installed, state: subject.state })
    if (changes.length === 0)
      return concludeEmpty(plan, { state: subject.state, canSync: Boolean(installed.connector.sync) })
    if (await isObserving(subject.person.id)) return observe(changes, { plan, run })

    const stopped = await passBrake({
      ...work,
      isVerification: work.looks.length > 0,
      changes,
      statusChangedAt: subject.state.statusChangedAt,
    })
    if (stopped) return stopped
    lease.assertHeld()
    const leased = await prepare(work, changes, plan)
    if (leased === null) return { kind: 'busy', error: 'Another person’s run is at the same user.' }
    run.targets.push(...leased)

    const apply = (change: Change) => write(change, { subject, work })
    const applied = await applyChanges(changes, { connector: installed.id, clock, assertHeld: lease.assertHeld, apply })
    run.changes.push(...applied.records)
    const different = await readBack(changes, subject, work)
    const outcomes = [...applied.outcomes, ...different]
    const worst = findWorst(outcomes)
    run.others.push(...outcomes.filter((one) => one !== worst))
    return worst ?? conclude(plan)
  }
}

/** A target that may be another person's by now is told of once, and not touched. */
function listDoubtful({ doubtful = [] }: Plan, { person, installed }: SyncWork): Alert[] {
  return doubtful.map(({ target, reason }) => ({
    type: 'hub.alert.new_account',
    about: `${installed.id} ${target}`,
    occasion: person.id,
    once: true,
    facts: { connector: installed.id, target, person: person.id, authorityId: person.authorityId, error: reason },
  }))
}

/** Records in the attempt what would have been written; a hub that enforces later plans anew. */
function observe(changes: readonly Change[], { plan, run }: { plan: Plan; run: SyncRun }): Outcome {
  run.changes.push(...changes.map((change) => ({ ...change, result: 'observed' as const, durationMs: 0 })))
  const outcome = conclude(plan)
  return outcome.kind === 'succeeded' ? { kind: 'observed' } : outcome
}

/** The outcome of a plan with nothing to write. */
function concludeEmpty(plan: Plan, { state, canSync }: { state: PersonState; canSync: boolean }): Outcome {
  const nobody = canSync && !plan.sightings?.some((sighting) => sighting.kind === 'link')
  if (state.access === 'deny' && nobody && !plan.conflicts?.length) return { kind: 'no_match' }
  if (state.access === 'unknown') {
    const error = state.doubt ?? `Nobody has said what the status ${state.status} means for a person's access.`
    return { kind: 'held', error, code: 'unknown_status' }
  }
  return conclude(plan)
}

/** The outcome of a run that wrote all it had to: users in conflict were left as they are. */
function conclude(plan: Plan): Outcome {
  const [first] = plan.conflicts ?? []
  if (!first) return { kind: 'succeeded' }
  return { kind: 'held', error: `${first.target}: ${first.reason}`, code: 'conflict' }
}

const gravity: readonly OutcomeKind[] = ['credential', 'retry', 'permanent', 'missing_right']

/** Finds the outcome that stands for a run in which several things went wrong: the one that needs an operator most. */
export function findWorst(outcomes: readonly Outcome[]): Outcome | undefined {
  const rank = (outcome: Outcome) => {
    const place = gravity.includes(outcome.kind) ? gravity.indexOf(outcome.kind) : gravity.length
    return outcome.kind === 'retry' && outcome.partly ? place - 0.5 : place
  }
  return [...outcomes].sort((a, b) => rank(a) - rank(b))[0]
}

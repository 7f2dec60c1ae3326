import type { Change, Plan } from '../../core/change.ts'
import { classify, type Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import { type Installed, withClient } from '../../host/installed.ts'
import { endGrant, endGrantChanges, isEndOfGrant } from '../access/end-grant.ts'
import { applyChanges, worstOutcome } from './apply-changes.ts'
import { contextOf, planPerson, type Subject } from './plan-person.ts'
import type { SyncParts, SyncRun, SyncWork } from './sync-work.ts'

export type SyncAct = { work: SyncWork; parts: SyncParts; run: SyncRun; targets?: readonly string[] }

/** Plans, stops at the brake, writes, and reads back. With `targets`, no other user is looked for. */
export async function planAndApply(subject: Subject, { work, parts, run, targets }: SyncAct): Promise<Outcome> {
  const { lane, person, deliveries } = work
  const { state } = subject
  const plan = await planPerson(subject, parts, targets)
  const connector = parts.installed.id
  run.sightings.push(...(plan.sightings ?? []).map((sighting) => ({ ...sighting, connector })))
  run.conflicts.push(...(plan.conflicts ?? []))

  const changes = changesOf(plan, { lane, installed: parts.installed, state })
  if (changes.length === 0) return nothingToDo(state, plan, parts)
  if (parts.policy.mode === 'observe') return observe(changes, { plan, run })

  const { statusChangedAt } = state
  const stopped = await parts.brake({ person, connector, changes, statusChangedAt, deliveries })
  if (stopped) return stopped
  parts.assertHeld()
  const users = changes.filter((change) => !isEndOfGrant(change)).map((change) => change.target)
  const links = (plan.sightings ?? []).filter(({ kind }) => kind === 'link').map(({ value }) => value)
  const leased = await parts.prepare({ targets: users, links, owed: plan.changes.filter((change) => change.owed) })
  if (leased === null) return { kind: 'busy', error: 'Another person’s run is at the same user.' }
  run.targets.push(...leased)

  const apply = async (change: Change) => {
    if (isEndOfGrant(change)) return endGrantOf(change, { subject, work, parts })
    return withClient(
      parts.installed,
      async (client) => parts.installed.connector.sync?.apply({ ...contextOf(subject, parts, client), change }),
      { endedLate: parts.lookAgain },
    )
  }
  const applied = await applyChanges(changes, { ...parts, connector, apply })
  run.changes.push(...applied.records)
  const different = await verify(subject, parts, changes)
  return worstOutcome([...applied.outcomes, ...different]) ?? settled(plan)
}

/** All that a run writes: what the plan says, what an earlier denial still owes, and the grants that a denial ends. */
export function changesOf(
  plan: Plan,
  { lane, installed, state }: { lane: ClaimedLane; installed: Installed; state: PersonState },
): Change[] {
  const owed = state.access === 'allow' ? [] : lane.owed
  return [...withOwed(plan.changes, owed), ...endGrantChanges(lane, { installed, state })]
}

type EndGrantQuestion = { subject: Subject; work: SyncWork; parts: SyncParts }

function endGrantOf(change: Change, { subject, work, parts }: EndGrantQuestion): Promise<void> {
  const grant = work.lane.grants.find(({ id }) => id === change.target)
  const { person, state, attempt, idempotencyKey } = subject
  const { installed, authority, clock, journal, signal } = parts
  const key = `${idempotencyKey}:${change.target}`
  return endGrant(grant, {
    installed,
    authority,
    clock,
    journal,
    signal,
    attempt,
    idempotencyKey: key,
    person: { person, state },
  })
}

/** What would have been written stands in the attempt; whoever enforces later plans anew. */
function observe(changes: readonly Change[], { plan, run }: { plan: Plan; run: SyncRun }): Outcome {
  run.changes.push(...changes.map((change) => ({ ...change, result: 'observed' as const, durationMs: 0 })))
  const outcome = settled(plan)
  return outcome.kind === 'succeeded' ? { kind: 'observed' } : outcome
}

/** Owed changes of earlier runs come after this run's own; one that is planned again is not done twice. */
function withOwed(planned: readonly Change[], owed: readonly Change[]): Change[] {
  const sameAs = (a: Change) => (b: Change) => a.target === b.target && a.action === b.action
  const all = [...planned, ...owed.filter((debt) => !planned.some(sameAs(debt)))]
  return [...all.filter((change) => !change.owed), ...all.filter((change) => change.owed)]
}

function nothingToDo(state: PersonState, plan: Plan, { installed }: SyncParts): Outcome {
  const nobody = installed.connector.sync && !plan.sightings?.some((sighting) => sighting.kind === 'link')
  if (state.access === 'deny' && nobody && !plan.conflicts?.length) return { kind: 'no_match' }
  if (state.access === 'unknown') {
    const error = `Nobody has said what the status ${state.status} means for a person's access.`
    return { kind: 'held', error, code: 'unknown_status' }
  }
  return settled(plan)
}

function settled(plan: Plan): Outcome {
  const [first] = plan.conflicts ?? []
  if (!first) return { kind: 'succeeded' }
  return { kind: 'held', error: `${first.target}: ${first.reason}`, code: 'conflict' }
}

/** Believes only what is read back: what a second plan would still change was not done. */
async function verify(subject: Subject, parts: SyncParts, changes: readonly Change[]): Promise<Outcome[]> {
  const targets = [
    ...new Set(changes.filter((change) => !change.owed && !isEndOfGrant(change)).map((change) => change.target)),
  ]
  if (targets.length === 0) return []
  try {
    const again = await planPerson(subject, parts, targets)
    const [different] = again.changes.filter((change) => !change.owed)
    if (!different) return []
    return [{ kind: 'retry', error: `Read back, ${different.target} is not as it was written: ${different.summary}` }]
  } catch (thrown) {
    return [classify(thrown, parts.installed.id)]
  }
}

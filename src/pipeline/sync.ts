import type { Change, Conflict, Plan, Sighting } from '../core/change.ts'
import type { Clock } from '../core/clock.ts'
import type { PlanContext } from '../core/connector.ts'
import type { ChangeRecord, Outcome } from '../core/outcome.ts'
import { classify } from '../core/outcome.ts'
import type { Person, PersonState } from '../core/person.ts'
import type { ClaimedDelivery, ClaimedLane, ClaimedPerson } from '../journal/claim.ts'
import type { HeldLane } from '../journal/prepare.ts'
import { applyChanges, worstOutcome } from './apply-changes.ts'
import { type Installed, withClient } from './installed.ts'
import { isTooEarly, readState } from './read-state.ts'

/** What a run found and did, as far as it came; nothing of it is in the journal yet. */
export type SyncRun = {
  outcome: Outcome
  state: PersonState | null
  sightings: Sighting[]
  conflicts: Conflict[]
  changes: ChangeRecord[]
  targets: HeldLane[]
}

export type SyncParts = {
  installed: Installed
  authority: Installed
  clock: Clock
  /** Leases the targets and journals what is owed; null when another lane is at one of them. */
  prepare(question: { targets: string[]; links: string[]; owed: Change[] }): Promise<HeldLane[] | null>
  /** The step between plan and apply where a mass change is stopped. Null: go on. */
  brake(question: { person: ClaimedPerson; changes: readonly Change[] }): Promise<Outcome | null>
  /** Throws when the lease has ended: nothing more may be written. */
  assertHeld(): void
  signal: AbortSignal
}

/**
 * Brings one person's state at one connector to what it should be: read the truth, plan, write the difference, plan
 * again. Success is an empty plan and nothing owed. All deliveries that wait in the lane are one run.
 */
export async function runSync(
  { lane, person, deliveries }: { lane: ClaimedLane; person: ClaimedPerson; deliveries: readonly ClaimedDelivery[] },
  parts: SyncParts,
): Promise<SyncRun> {
  const run: SyncRun = {
    outcome: { kind: 'succeeded' },
    state: null,
    sightings: [],
    conflicts: [],
    changes: [],
    targets: [],
  }
  try {
    const state = await readState({ ...parts, person, log: parts.authority.log })
    if ('kind' in state) return { ...run, outcome: state }
    run.state = state
    run.sightings.push(...seenAt(state))
    const tooEarly = isTooEarly(state, deliveries)
    if (tooEarly) return { ...run, outcome: tooEarly }
    run.outcome = await planAndApply({ lane, person, state, newest: newestOf(deliveries) }, parts, run)
  } catch (thrown) {
    run.outcome = classify(thrown, run.state === null ? parts.authority.id : parts.installed.id)
  }
  return run
}

/** The newest delivery stands for the run; the others point to it. */
export function newestOf(deliveries: readonly ClaimedDelivery[]): ClaimedDelivery {
  const newest = deliveries.reduce((best, delivery) => (delivery.seq > best.seq ? delivery : best))
  return newest
}

function seenAt(state: PersonState): Sighting[] {
  return [
    ...state.emails.map((value) => ({ kind: 'email' as const, value })),
    ...state.logins.map((value) => ({ kind: 'login' as const, value })),
  ]
}

type Subject = { lane: ClaimedLane; person: ClaimedPerson; state: PersonState; newest: ClaimedDelivery }

async function planAndApply(subject: Subject, parts: SyncParts, run: SyncRun): Promise<Outcome> {
  const { lane, person, state } = subject
  const plan = await planWith(subject, parts)
  const connector = parts.installed.id
  run.sightings.push(...(plan.sightings ?? []).map((sighting) => ({ ...sighting, connector })))
  run.conflicts.push(...(plan.conflicts ?? []))

  const changes = withOwed(plan.changes, state.access === 'allow' ? [] : lane.owed)
  if (changes.length === 0) return nothingToDo(state, plan)

  const braked = await parts.brake({ person, changes })
  if (braked) return braked
  parts.assertHeld()
  const targets = changes.map((change) => change.target)
  const links = (plan.sightings ?? []).filter(({ kind }) => kind === 'link').map(({ value }) => value)
  const leased = await parts.prepare({ targets, links, owed: plan.changes.filter((change) => change.owed) })
  if (leased === null) return { kind: 'busy', error: 'Another person’s run is at the same user.' }
  run.targets.push(...leased)

  const apply = (change: Change) =>
    withClient(parts.installed, async (client) =>
      parts.installed.connector.sync?.apply({ ...contextOf(subject, parts, client), change }),
    )
  const applied = await applyChanges(changes, { ...parts, connector, apply })
  run.changes.push(...applied.records)
  const different = await verify(subject, parts, changes)
  return worstOutcome([...applied.outcomes, ...different]) ?? settled(plan)
}

/** Owed changes of earlier runs come after this run's own; one that is planned again is not done twice. */
function withOwed(planned: readonly Change[], owed: readonly Change[]): Change[] {
  const sameAs = (a: Change) => (b: Change) => a.target === b.target && a.action === b.action
  const all = [...planned, ...owed.filter((debt) => !planned.some(sameAs(debt)))]
  return [...all.filter((change) => !change.owed), ...all.filter((change) => change.owed)]
}

function nothingToDo(state: PersonState, plan: Plan): Outcome {
  const nobody = !plan.sightings?.some((sighting) => sighting.kind === 'link')
  if (state.access === 'deny' && nobody && !plan.conflicts?.length) return { kind: 'no_match' }
  if (state.access === 'unknown') {
    const error = `Nobody has said what the status ${state.status} means for a person's access.`
    return { kind: 'held', error, alert: 'hub.alert.unknown_status' }
  }
  return settled(plan)
}

function settled(plan: Plan): Outcome {
  const [first] = plan.conflicts ?? []
  if (!first) return { kind: 'succeeded' }
  return { kind: 'held', error: `${first.target}: ${first.reason}`, alert: 'hub.alert.conflict' }
}

/** Believes only what is read back: what a second plan would still change was not done. */
async function verify(subject: Subject, parts: SyncParts, changes: readonly Change[]): Promise<Outcome[]> {
  const targets = [...new Set(changes.filter((change) => !change.owed).map((change) => change.target))]
  if (targets.length === 0) return []
  try {
    const again = await planWith(subject, parts, targets)
    const [different] = again.changes.filter((change) => !change.owed)
    if (!different) return []
    return [{ kind: 'retry', error: `Read back, ${different.target} is not as it was written: ${different.summary}` }]
  } catch (thrown) {
    return [classify(thrown, parts.installed.id)]
  }
}

async function planWith(subject: Subject, parts: SyncParts, targets?: string[]): Promise<Plan> {
  const { sync } = parts.installed.connector
  if (!sync) throw new Error(`The connector ${parts.installed.id} has no sync.`)
  return withClient(parts.installed, async (client) =>
    sync.plan({ ...contextOf(subject, parts, client), ...(targets ? { targets } : {}) }),
  )
}

function contextOf(subject: Subject, parts: SyncParts, client: unknown): PlanContext<unknown, Record<string, unknown>> {
  const { newest } = subject
  const { installed, signal, clock } = parts
  return {
    client,
    config: installed.config,
    http: installed.http({ signal, idempotencyKey: newest.id }),
    signal,
    attempt: newest.attempts + 1,
    idempotencyKey: newest.id,
    log: installed.log,
    now: clock.now,
    person: personOf(subject, parts),
    cause: { eventId: newest.eventId, type: newest.event.type, time: newest.event.time },
  }
}

function personOf({ person, state, lane }: Subject, { authority, signal, clock }: SyncParts): Person {
  const seen = (kind: Sighting['kind']) => person.sightings.filter((sighting) => sighting.kind === kind)
  const here = (kind: Sighting['kind']) =>
    seen(kind).flatMap(({ connector, value }) => (connector === lane.connector ? [value] : []))
  const emails = [...state.emails, ...seen('email').map((sighting) => sighting.value)].map((email) =>
    email.toLowerCase(),
  )
  return {
    id: person.id,
    source: person.source,
    authorityId: person.authorityId,
    state,
    emails: [...new Set(emails)],
    links: here('link'),
    adopted: here('adopted'),
    othersHolding: async (email) => {
      const { connector, config, log } = authority
      const holders = await withClient(authority, async (client) =>
        connector.holders?.({ client, config, signal, log, now: clock.now, email }),
      )
      return (holders ?? []).filter((other) => other.authorityId !== person.authorityId)
    },
  }
}

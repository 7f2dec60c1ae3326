import type { Sighting } from '../../core/change.ts'
import { classify, type Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import { isTooEarly, readState, type TooEarly } from '../../host/authority.ts'
import { planAndApply } from './plan-and-apply.ts'
import { denyOnHookAlone } from './provisional.ts'
import { type SyncParts, type SyncRun, type SyncWork, subjectOf } from './sync-work.ts'

/**
 * Brings one person's state at one connector to what it should be: read the truth, plan, write the difference, plan
 * again. Success is an empty plan and nothing owed. All deliveries that wait in the lane are one run.
 */
export async function runSync(work: SyncWork, parts: SyncParts): Promise<SyncRun> {
  const run: SyncRun = {
    outcome: { kind: 'succeeded' },
    state: null,
    sightings: [],
    conflicts: [],
    changes: [],
    targets: [],
    provisional: null,
  }
  try {
    run.outcome = await readAndAct(work, parts, run)
  } catch (thrown) {
    run.outcome = classify(thrown, run.state === null ? parts.authority.id : parts.installed.id)
    if (run.state === null) await denyOnHookAlone(work, parts, run)
  }
  return run
}

async function readAndAct(work: SyncWork, parts: SyncParts, run: SyncRun): Promise<Outcome> {
  if (work.lane.authorityPaused) {
    run.outcome = { kind: 'paused', error: `${parts.authority.id} is paused: its credential was refused.` }
    await denyOnHookAlone(work, parts, run)
    return run.outcome
  }
  const state = await readState({ ...parts, person: work.person, log: parts.authority.log })
  if ('kind' in state) return state
  run.state = state
  run.sightings.push(...seenAt(state))
  const tooEarly = isTooEarly(state, work.deliveries)
  if (tooEarly && tooEarly.rechecks < parts.rechecks) return tooEarly
  const outcome = await planAndApply(subjectOf(work, state), { work, parts, run })
  return tooEarly ? contradicted(tooEarly, outcome) : outcome
}

/**
 * The authority said the same to the end, so its word is taken: whoever came back, and whose return was overtaken by a
 * denial with a wrong time or by a mere hook, would otherwise stay shut for good. A human hears of it all the same.
 */
function contradicted({ error, rechecks }: TooEarly, done: Outcome): Outcome {
  if (done.kind === 'succeeded' || done.kind === 'observed') return { kind: 'contradicted', error, rechecks }
  if (done.kind !== 'held' || done.code !== 'conflict') return done
  return { kind: 'contradicted', error: `${error} ${done.error}`, rechecks }
}

function seenAt(state: PersonState): Sighting[] {
  return [
    ...state.emails.map((value) => ({ kind: 'email' as const, value })),
    ...state.logins.map((value) => ({ kind: 'login' as const, value })),
  ]
}

import type { Clock } from '../../core/clock.ts'
import { classify, type Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedPerson } from '../../core/queue.ts'
import { listLinks } from '../../host/person.ts'
import type { PlanAndApply } from './apply.ts'
import { type SyncRun, type SyncWork, subjectOf } from './sync-work.ts'
import { findLastHint } from './too-early.ts'

/**
 * While the authority cannot be read, locks a leaver out on the word of a hook, where `HUB_PROVISIONAL_DENY` asks for it:
 * only the users that earlier plans have linked to this very person, never a search, and only while the newest news
 * is a denial. It lets nobody in. The delivery stays pending, and the next read corrects what the hook got wrong.
 * Brake and protection hold here too.
 */
export function makeDenyOnHookAlone({
  isAllowed,
  planAndApply,
  clock,
}: {
  isAllowed: boolean
  planAndApply: PlanAndApply
  clock: Clock
}): (work: SyncWork, run: SyncRun) => Promise<void> {
  return async (work, run) => {
    if (!isAllowed) return
    const state = makeUnreadable(work.person, clock)
    const provisional = { state, denied: false, settled: true, held: null }
    run.provisional = provisional
    const targets = listLinks(work.person, work.installed.id)
    if (targets.length === 0 || findLastHint(work.deliveries)?.hint !== 'deny') return

    const done = await planAndApply(subjectOf(work, state), { work, run, targets }).catch((thrown) =>
      classify(thrown, work.installed.id),
    )
    // What was seen without the authority's word is no sighting.
    run.sightings.length = 0
    const denied = run.changes.some(({ direction, result }) => direction === 'deny' && result === 'done')
    const held = done.kind === 'held' && done.hold ? done : null
    run.provisional = { ...provisional, held, denied, settled: !('error' in done) }
    run.outcome = explain(run.outcome, { done, denied })
  }
}

function makeUnreadable({ authorityId }: ClaimedPerson, clock: Clock): PersonState {
  return {
    authorityId,
    status: 'unreadable',
    access: 'deny',
    statusChangedAt: null,
    emails: [],
    logins: [],
    readAt: clock.now().toISOString(),
    provisional: true,
  }
}

/** The outcome stays what the failed read made of it: the delivery waits for the authority. */
function explain(outcome: Outcome, { done, denied }: { done: Outcome; denied: boolean }): Outcome {
  if (!('error' in outcome)) return outcome
  const without = 'error' in done ? ` Not locked out on the hook's word: ${done.error}` : ''
  const remark = denied && !without ? " Locked out on the hook's word until it can be read." : without
  return { ...outcome, error: outcome.error + remark }
}

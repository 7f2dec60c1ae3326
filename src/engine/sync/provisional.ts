import { classify, type Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import { lastHint } from '../../host/authority.ts'
import { planAndApply } from './plan-and-apply.ts'
import { linksOf } from './plan-person.ts'
import { type SyncParts, type SyncRun, type SyncWork, subjectOf } from './sync-work.ts'

/**
 * With the authority unreadable, locks a leaver out on the word of a hook, where `HUB_PROVISIONAL_DENY` asks for it:
 * only the users that earlier plans have linked to this very person, never a search, and only while the newest news
 * is a denial. It opens nothing. The delivery stays pending, and the next read corrects what the hook got wrong.
 * Brake and protection hold here too.
 */
export async function denyOnHookAlone(work: SyncWork, parts: SyncParts, run: SyncRun): Promise<void> {
  if (!parts.policy.provisionalDeny) return
  const state = unreadable(work, parts)
  run.provisional = { state, denied: false, settled: true, held: null }
  const targets = linksOf(work.person, parts.installed.id)
  if (targets.length === 0 || lastHint(work.deliveries)?.hint !== 'deny') return

  const done = await planAndApply(subjectOf(work, state), { work, parts, run, targets }).catch((thrown) =>
    classify(thrown, parts.installed.id),
  )
  // What was seen without the authority's word is no sighting.
  run.sightings.length = 0
  run.provisional.held = done.kind === 'held' && done.hold ? done : null
  run.provisional.denied = run.changes.some(({ direction, result }) => direction === 'deny' && result === 'done')
  run.provisional.settled = !('error' in done)
  run.outcome = explained(run.outcome, done, run.provisional.denied)
}

function unreadable({ person }: SyncWork, { clock }: SyncParts): PersonState {
  return {
    authorityId: person.authorityId,
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
function explained(outcome: Outcome, done: Outcome, denied: boolean): Outcome {
  if (!('error' in outcome)) return outcome
  const without = 'error' in done ? ` Not locked out on the hook's word: ${done.error}` : ''
  const remark = denied && !without ? " Locked out on the hook's word until it can be read." : without
  return { ...outcome, error: outcome.error + remark }
}

import { CredentialError, errorMessage, MissingRightError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Outcome, OutcomeKind } from '../../core/outcome.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import type { Alert, RaiseAlert } from '../../events/alert.ts'
import type { Journal } from '../../journal/index.ts'
import type { RefusedRight, VerdictOn } from './tried.ts'

export type AlertParts = { journal: Journal; raiseAlert: RaiseAlert; log: Log; probeSeconds: number }

/** Outcomes that show that the connector accepted the hub's credential, if it was asked at all. */
const proofOfCredential = new Set<OutcomeKind>([
  'succeeded',
  'observed',
  'superseded',
  'no_match',
  'missing_right',
  'contradicted',
])

/**
 * Pauses what was refused, resumes what a probe found well, and journals what an operator must hear: before the lane
 * is settled, so that a crash in between can only tell it twice.
 */
export async function raiseAlerts(
  { lane, judged }: { lane: ClaimedLane; judged: readonly VerdictOn[] },
  { journal, raiseAlert, log, probeSeconds }: AlertParts,
): Promise<void> {
  const proven = lane.probe ? judged.flatMap((one) => provenBy(one, lane)) : []
  if (proven.length > 0) {
    const resumed = await journal.queue.resume(proven)
    if (resumed.length > 0) log.info({ connectors: resumed }, 'Connectors work again and are resumed')
  }
  for (const { delivery, outcome, verdict, run, inline } of judged) {
    const pausedSince =
      outcome.kind === 'credential'
        ? await journal.queue.pause({ id: outcome.connector, reason: outcome.error, probeSeconds })
        : undefined
    if (inline?.refused) await alertRefused(inline.refused, { journal, raiseAlert, probeSeconds })
    // The authority cannot be read, and what its absence would have done was stopped.
    const stopped = run?.provisional?.held ?? null
    const alerts = [
      ...(verdict.alert ? [{ type: verdict.alert, outcome }] : []),
      ...(stopped ? [{ type: `hub.alert.${stopped.code}` as const, outcome: stopped }] : []),
    ]
    for (const { type, outcome } of alerts) {
      const error = 'error' in outcome ? outcome.error : ''
      const facts = { delivery: delivery.id, lane: lane.key, person: lane.person?.id ?? null, error }
      await raiseAlert({ type, ...aboutOf(outcome, { lane: lane.key, pausedSince }), facts })
    }
  }
}

/** Something was refused, though the delivery itself does not wait for it: of a grant, or of a question. */
export async function alertRefused(
  { connector, error, pauses }: RefusedRight,
  { journal, raiseAlert, probeSeconds }: Omit<AlertParts, 'log'>,
): Promise<void> {
  const alert = { about: connector, facts: { error } }
  if (!pauses) return raiseAlert({ ...alert, type: 'hub.alert.missing_right' })
  const occasion = await journal.queue.pause({ id: connector, reason: error, probeSeconds })
  await raiseAlert({ ...alert, type: 'hub.alert.connector_paused', occasion })
}

/** What of an error says that the hub's credential, or a right of it, is missing. */
export function refusedRight(thrown: unknown, connector: string): RefusedRight | null {
  if (thrown instanceof CredentialError) {
    return { connector: thrown.connector ?? connector, error: errorMessage(thrown), pauses: true }
  }
  if (thrown instanceof MissingRightError) return { connector, error: errorMessage(thrown), pauses: false }
  return null
}

function aboutOf(
  outcome: Outcome,
  { lane, pausedSince }: { lane: string; pausedSince: string | undefined },
): Pick<Alert, 'about' | 'occasion'> {
  if (outcome.kind === 'credential') return { about: outcome.connector, occasion: pausedSince }
  if (outcome.kind === 'held' && outcome.about) return { about: outcome.about, occasion: outcome.occasion }
  return { about: lane }
}

/** Whose credential an attempt has shown to be good. A status that decides nothing never asks the connector. */
function provenBy({ outcome, run, inline }: VerdictOn, { connector, authority }: ClaimedLane): string[] {
  // A grant that is over, or a revoke that only found its person, has asked nobody.
  if (inline) return inline.asked ? [connector] : []
  const read = run?.state && authority ? [authority] : []
  const asked = run ? run.state?.access === 'deny' || run.state?.access === 'allow' : outcome.kind !== 'observed'
  // What was stopped at the brake had been planned at the connector.
  const planned = proofOfCredential.has(outcome.kind) || (outcome.kind === 'held' && outcome.hold !== undefined)
  return planned && asked ? [...read, connector] : read
}

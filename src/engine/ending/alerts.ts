import type { Alert, RaisedType } from '../../core/hub-event-types.ts'
import type { Log } from '../../core/log.ts'
import type { Outcome, OutcomeKind, RefusedRight } from '../../core/outcome.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import { ownAlertOf } from '../../core/verdict.ts'
import type { RaiseAlert } from '../../events/alert.ts'
import type { Journal } from '../../journal/index.ts'
import type { SyncRun } from '../sync/sync-work.ts'
import type { VerdictOn } from './tried.ts'

/** Outcomes that show that the connector accepted the hub's credential, if it was asked at all. */
const proofOfCredential = new Set<OutcomeKind>([
  'succeeded',
  'observed',
  'superseded',
  'no_match',
  'missing_right',
  'contradicted',
])

type RaiseAlerts = (lane: ClaimedLane, judged: readonly VerdictOn[]) => Promise<void>

/**
 * Resumes the connectors whose probe went well, pauses those that refused the hub's credential, and journals what an
 * operator must hear.
 */
export function makeRaiseAlerts({
  journal,
  raiseAlert,
  alertRefused,
  log,
  probeSeconds,
}: {
  journal: Pick<Journal, 'queue'>
  raiseAlert: RaiseAlert
  alertRefused: AlertRefused
  log: Log
  probeSeconds: number
}): RaiseAlerts {
  const { queue } = journal

  const resumeProven = async (lane: ClaimedLane, judged: readonly VerdictOn[]) => {
    const proven = lane.probe ? judged.flatMap((one) => listProven(one, lane)) : []
    if (proven.length === 0) return
    const resumed = await queue.resume(proven)
    if (resumed.length > 0) log.info({ connectors: resumed }, 'Connectors work again and are resumed')
  }

  return async (lane, judged) => {
    await resumeProven(lane, judged)
    for (const { delivery, outcome, verdict, run, inline } of judged) {
      const pausedSince =
        outcome.kind === 'credential'
          ? await queue.pause({ id: outcome.connector, reason: outcome.error, probeSeconds })
          : undefined
      if (inline?.refused) await alertRefused(inline.refused)
      // The authority cannot be read, and what its absence would have done was stopped.
      const stopped = run?.provisional?.held ?? null
      const alerts = [
        ...(verdict.alert ? [{ type: verdict.alert, outcome }] : []),
        ...listOthers(run, verdict.alert),
        ...(stopped ? [{ type: `hub.alert.${stopped.code}` as const, outcome: stopped }] : []),
      ]
      for (const alert of run?.alerts ?? []) await raiseAlert(alert)
      for (const { type, outcome } of alerts) {
        const error = 'error' in outcome ? outcome.error : ''
        const facts = { delivery: delivery.id, lane: lane.key, person: lane.person?.id ?? null, error }
        await raiseAlert({
          type,
          ...aboutOf(outcome, { lane, pausedSince }),
          ...sayOnce(outcome, run),
          facts,
        })
      }
    }
  }
}

/** What went wrong besides, one of a type: a right that is missing is told though something graver failed as well. */
function listOthers(run: SyncRun | null, told: RaisedType | null): { type: RaisedType; outcome: Outcome }[] {
  const others = (run?.others ?? []).flatMap((outcome) => {
    const type = ownAlertOf(outcome)
    return type && type !== told ? [[type, { type, outcome }] as const] : []
  })
  return [...new Map(others.reverse()).values()]
}

/** Alerts that a credential or a right was refused, of a delivery that does not wait for it: a grant, or a question. */
export type AlertRefused = (refused: RefusedRight) => Promise<void>

type RefusalNeeds = { journal: Pick<Journal, 'queue'>; raiseAlert: RaiseAlert; probeSeconds: number }

export function makeAlertRefused(needs: RefusalNeeds): AlertRefused {
  return (refused) => raiseRefused(refused, needs)
}

async function raiseRefused(
  { connector, error, pauses }: RefusedRight,
  { journal, raiseAlert, probeSeconds }: RefusalNeeds,
): Promise<void> {
  const alert = { about: connector, facts: { error } }
  if (!pauses) return raiseAlert({ ...alert, type: 'hub.alert.missing_right' })
  const occasion = await journal.queue.pause({ id: connector, reason: error, probeSeconds })
  await raiseAlert({ ...alert, type: 'hub.alert.connector_paused', occasion })
}

/** A verification meets the same conflict, or the same protection, again and again: it is told of once. */
function sayOnce(outcome: Outcome, run: SyncRun | null): Pick<Alert, 'occasion' | 'once'> {
  if (!run?.looks.length || outcome.kind !== 'held') return {}
  if (outcome.code === 'protected') return { once: true }
  return outcome.code === 'conflict'
    ? { occasion: run.conflicts.map(({ target }) => target).join(' '), once: true }
    : {}
}

function aboutOf(
  outcome: Outcome,
  { lane, pausedSince }: { lane: ClaimedLane; pausedSince: string | undefined },
): Pick<Alert, 'about' | 'occasion'> {
  if (outcome.kind === 'credential') return { about: outcome.connector, occasion: pausedSince }
  if (outcome.kind === 'held' && outcome.about) return { about: outcome.about, occasion: outcome.occasion }
  // Events without a person have a lane each: an alert that cannot be delivered must not raise the next one for ever.
  return { about: outcome.kind === 'missing_right' && !lane.person ? lane.connector : lane.key }
}

/** Lists the connectors that took the hub's credential in an attempt. A status that decides nothing asks no connector. */
function listProven({ outcome, run, inline }: VerdictOn, { connector, authority }: ClaimedLane): string[] {
  // A grant that is over, or a revoke that only found its person, called no connector.
  if (inline) return inline.asked ? [connector] : []
  const read = run?.state && authority ? [authority] : []
  const asked = run ? run.state?.access === 'deny' || run.state?.access === 'allow' : outcome.kind !== 'observed'
  // What was stopped at the brake had been planned at the connector.
  const planned = proofOfCredential.has(outcome.kind) || (outcome.kind === 'held' && outcome.hold !== undefined)
  return planned && asked ? [...read, connector] : read
}

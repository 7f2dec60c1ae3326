import type { Direction } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { personId } from '../../core/id.ts'
import { isLogged, type Log } from '../../core/log.ts'
import type { Meter } from '../../core/meter.ts'
import { type OutcomeKind, wordsOf } from '../../core/outcome.ts'
import type { PersonKey } from '../../core/person.ts'
import type { ClaimedDelivery, ClaimedLane, NewDelivery } from '../../core/queue.ts'
import { toKeptNotes, type VerdictOn } from './tried.ts'

/** Ends of a try after which a lockout or a revoke is still to be done, and something must have gone wrong. */
const failed = new Set<OutcomeKind>(['retry', 'permanent', 'credential', 'missing_right', 'uncertain'])

/** Writes what came of one try: called after the commit, so that no line says what the journal does not. */
type TellSettled = (lane: Pick<ClaimedLane, 'person' | 'connector'>, one: VerdictOn, direction: Direction) => void

/**
 * Makes the lines of a normal day and of a bad one: one for each delivery that is settled, and one for each try after
 * which it goes on. All that they say is at hand; nothing is read for them, and nothing built where the level is off.
 */
export function makeTellSettled({ log, meter, clock }: { log: Log; meter: Meter; clock: Clock }): TellSettled {
  return ({ person, connector }, one, direction) => {
    const { delivery, collapsed, outcome, verdict, run } = one
    if (outcome.kind === 'busy') return
    countTry(meter, { connector, one })
    const lockoutSeconds = direction === 'deny' ? measureLockout(one, clock) : null
    if (lockoutSeconds !== null) meter.observe('lockoutSeconds', { connector }, lockoutSeconds)
    const { status, waitSeconds } = verdict
    const goesOn = status === 'pending' || (status === 'uncertain' && waitSeconds !== null)
    const isAgain = !goesOn && delivery.status === status && run?.changes.length === 0
    // Until it is done, the person may still be let in.
    const isDangerous = failed.has(outcome.kind) && (direction === 'deny' || status === 'uncertain')
    const level = isDangerous ? 'warn' : isAgain ? 'debug' : 'info'
    if (!isLogged(log, level)) return
    const { error, code } = wordsOf(outcome)
    const { calls } = toKeptNotes(one)
    const facts = (of: ClaimedDelivery) => ({
      ...{ source: of.event.source, type: of.event.type, person: person?.id ?? null, connector, kind: of.kind },
      ...{ outcome: outcome.kind, status, tries: delivery.attempts + 1, ms: one.durationMs },
      ...{ event: of.eventId, delivery: of.id, request_id: of.event.traceId },
    })
    const why = { ...(code ? { code } : {}), ...(error ? { error } : {}), ...(calls ? { calls } : {}) }
    if (goesOn) {
      const nextTrySeconds = waitSeconds === null ? null : Math.round(waitSeconds * 1000) / 1000
      log[level]({ ...facts(delivery), nextTrySeconds, ...why }, nameTry({ isDangerous, direction }))
      return
    }
    log[level]({ ...facts(delivery), ...why }, isAgain ? 'Looked again: it is as it was' : 'Settled')
    // Of those that this run stands for, what had settled before stays as it was.
    for (const older of collapsed.filter(({ status }) => status === 'pending')) {
      log.info({ ...facts(older), into: delivery.id, ...why }, 'Settled')
    }
  }
}

/** A grant that may have landed is no lockout: it is read back, and taken away if it did. */
function nameTry({ isDangerous, direction }: { isDangerous: boolean; direction: Direction }): string {
  if (!isDangerous) return 'Not done yet: it is tried again'
  return direction === 'deny' ? 'A lockout or a revoke failed' : 'A grant may have landed: it is looked at again'
}

function countTry(meter: Meter, { connector, one }: { connector: string; one: VerdictOn }): void {
  const labels = { connector, kind: one.delivery.kind }
  meter.count('attempts', { ...labels, outcome: one.outcome.kind })
  meter.observe('attemptSeconds', labels, one.durationMs / 1000)
}

/**
 * Seconds from the receipt of the first hook that this run stands for until its person was read back as locked out; null:
 * it was no lockout that a hook told of, or it had been done before.
 */
function measureLockout({ delivery, collapsed, outcome, verdict, run }: VerdictOn, clock: Clock): number | null {
  if (delivery.kind !== 'sync' || outcome.kind !== 'succeeded' || verdict.status !== 'succeeded') return null
  const isFirst = ({ trigger }: ClaimedDelivery) => trigger === 'scheduled' || (run?.changes.length ?? 0) > 0
  const told = [delivery, ...collapsed].filter(
    (one) => one.status === 'pending' && one.event.source !== 'hub' && isFirst(one),
  )
  const received = told.map(({ event }) => Date.parse(event.receivedAt))
  return received.length > 0 ? Math.max(0, clock.now().getTime() - Math.min(...received)) / 1000 : null
}

type SettledHook = {
  source: string
  traceId: string
  person: PersonKey | undefined
  event: string
  delivery: NewDelivery
  ms: number
}

/** The same line for an inline hook that was answered without a lane: a question, a trial, a refusal. */
export function tellSettledHook(
  { source, traceId, person, event, delivery, ms }: SettledHook,
  { log, meter }: { log: Log; meter: Meter },
): void {
  const { id, connector, kind, settled } = delivery
  if (!settled) return
  const { status, code, error } = settled
  const facts = { source, type: `inline.${kind}`, person: person ? personId(person) : null, connector, kind }
  const outcome = settled.attempt?.outcome ?? status
  meter.count('attempts', { connector, kind, outcome })
  meter.observe('attemptSeconds', { connector, kind }, ms / 1000)
  if (!isLogged(log, 'info')) return
  const ids = { event, delivery: id, request_id: traceId }
  const why = { ...(code ? { code } : {}), ...(error ? { error } : {}) }
  log.info({ ...facts, outcome, status, tries: 1, ms, ...ids, ...why }, 'Settled')
}

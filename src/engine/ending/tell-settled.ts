import type { Direction } from '../../core/change.ts'
import { personId } from '../../core/id.ts'
import { isLogged, type Log } from '../../core/log.ts'
import { wordsOf } from '../../core/outcome.ts'
import type { PersonKey } from '../../core/person.ts'
import type { ClaimedDelivery, ClaimedLane, NewDelivery } from '../../core/queue.ts'
import { toKeptNotes, type VerdictOn } from './tried.ts'

/** Writes what came of one try: called after the commit, so that no line says what the journal does not. */
type TellSettled = (lane: Pick<ClaimedLane, 'person' | 'connector'>, one: VerdictOn, direction: Direction) => void

/**
 * Makes the lines of a normal day and of a bad one: one for each delivery that is settled, and one for each try after
 * which it goes on. All that they say is at hand; nothing is read for them, and nothing built where the level is off.
 */
export function makeTellSettled(log: Log): TellSettled {
  return ({ person, connector }, one, direction) => {
    const { delivery, collapsed, outcome, verdict, run } = one
    if (outcome.kind === 'busy') return
    const isAgain = delivery.status === verdict.status && run?.changes.length === 0
    const goesOn = verdict.status === 'pending'
    const level = goesOn && direction === 'deny' ? 'warn' : isAgain && !goesOn ? 'debug' : 'info'
    if (!isLogged(log, level)) return
    const { error, code } = wordsOf(outcome)
    const { calls } = toKeptNotes(one)
    const facts = (of: ClaimedDelivery) => ({
      ...{ source: of.event.source, type: of.event.type, person: person?.id ?? null, connector, kind: of.kind },
      ...{ outcome: outcome.kind, status: verdict.status, tries: verdict.attempts, ms: one.durationMs },
      ...{ event: of.eventId, delivery: of.id, request_id: of.event.traceId },
    })
    const why = { ...(code ? { code } : {}), ...(error ? { error } : {}), ...(calls ? { calls } : {}) }
    if (goesOn) {
      const next = verdict.waitSeconds === null ? {} : { again_in_s: Math.round(verdict.waitSeconds * 10) / 10 }
      log[level === 'warn' ? 'warn' : 'info'](
        { ...facts(delivery), ...next, ...why },
        'Not done yet: it is tried again',
      )
      return
    }
    log[level]({ ...facts(delivery), ...why }, isAgain ? 'Looked again: it is as it was' : 'Settled')
    // Of those that this run stands for, what had settled before stays as it was.
    for (const older of collapsed.filter(({ status }) => status === 'pending')) {
      log.info({ ...facts(older), into: delivery.id, ...why }, 'Settled')
    }
  }
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
export function tellSettledHook({ source, traceId, person, event, delivery, ms }: SettledHook, log: Log): void {
  const { id, connector, kind, settled } = delivery
  if (!settled || !isLogged(log, 'info')) return
  const { status, code, error } = settled
  const facts = { source, type: `inline.${kind}`, person: person ? personId(person) : null, connector, kind }
  const outcome = settled.attempt?.outcome ?? status
  const ids = { event, delivery: id, request_id: traceId }
  const why = { ...(code ? { code } : {}), ...(error ? { error } : {}) }
  log.info({ ...facts, outcome, status, tries: 1, ms, ...ids, ...why }, 'Settled')
}

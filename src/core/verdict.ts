import type { RaisedType } from './hub-event-types.ts'
import type { DeliveryStatus, Outcome } from './outcome.ts'
import { nextWaitSeconds, type Schedule } from './schedule.ts'

export type VerdictQuestion = {
  outcome: Outcome
  schedule: Schedule
  delivery: { status: DeliveryStatus; attempts: number; rechecks: number; ageSeconds: number }
  /** Deny work is never given up by itself. */
  deny: boolean
  /** The run searched for a denied person's users: a search may lag, so that it is repeated later. */
  searchesAgain?: boolean
  /** Set when another worker's lease ran out on the lane: it may still write, so plan once more after this. */
  planAgainAfterSeconds: number | null
  /** 0 ≤ random < 1 */
  random: number
}

export type Verdict = {
  status: DeliveryStatus
  waitSeconds: number | null
  attempts: number
  rechecks: number
  alert: RaisedType | null
}

const busyWaitSeconds = 1

/** What becomes of a delivery after an attempt: its status, when it falls due again, and which alert is raised. */
export function verdict(question: VerdictQuestion): Verdict {
  const { outcome, delivery } = question
  const attempts = delivery.attempts + 1
  const stay = { status: 'pending' as const, waitSeconds: 0, attempts, rechecks: delivery.rechecks, alert: null }
  switch (outcome.kind) {
    case 'succeeded':
    case 'observed':
      return lookLater(question, { ...stay, status: doneStatus(question) })
    case 'held':
      return lookLater(question, { ...stay, status: 'held', alert: `hub.alert.${outcome.code}` })
    case 'superseded':
      return { ...stay, status: 'superseded', waitSeconds: null }
    case 'paused':
      return { ...stay, attempts: delivery.attempts }
    // Nothing was tried, so nothing is used up; the hub that begins to enforce makes it due at once.
    case 'observing':
      return { ...stay, waitSeconds: question.schedule.denyIntervalSeconds, attempts: delivery.attempts }
    case 'busy':
      return { ...stay, waitSeconds: outcome.waitSeconds ?? busyWaitSeconds, attempts: delivery.attempts }
    case 'credential':
      return { ...stay, attempts: delivery.attempts, alert: 'hub.alert.connector_paused' }
    case 'too_early':
    case 'contradicted':
      return doubted(question, { ...stay, rechecks: outcome.rechecks })
    case 'no_match':
      return searchAgain(question, { ...stay, status: 'no_match' })
    case 'uncertain':
      return uncertain(question, { ...stay })
    case 'missing_right':
    case 'retry': {
      const again = retry(question, stay)
      return { ...again, alert: ownAlertOf(outcome) ?? again.alert }
    }
    case 'permanent':
      return question.deny && !outcome.final ? retry(question, stay) : { ...stay, status: 'failed', waitSeconds: null }
  }
}

/** The alert that tells of this outcome alone, though a graver one stands for the run. */
export function ownAlertOf(outcome: Outcome): 'hub.alert.missing_right' | 'hub.alert.partly_written' | null {
  if (outcome.kind === 'missing_right') return 'hub.alert.missing_right'
  return outcome.kind === 'retry' && outcome.partly ? 'hub.alert.partly_written' : null
}

/** To be cleared up within a minute, and for as long as it takes: access that nobody knows of is deny work. */
function uncertain(question: VerdictQuestion, stay: Verdict): Verdict {
  const { outcome } = question
  if (outcome.kind === 'uncertain' && outcome.final) {
    return { ...stay, status: 'uncertain', waitSeconds: null, alert: 'hub.alert.uncertain_grant' }
  }
  return { ...retry({ ...question, deny: true }, stay), status: 'uncertain' }
}

/** What was contradicted stays so, in plain sight, when a later look finds nothing else. */
function doneStatus({ delivery, deny }: VerdictQuestion): DeliveryStatus {
  return delivery.status === 'contradicted' && !deny ? 'contradicted' : 'succeeded'
}

function doubted({ outcome, schedule, planAgainAfterSeconds }: VerdictQuestion, stay: Verdict): Verdict {
  const { rechecks } = stay
  const wait = outcome.kind === 'too_early' ? schedule.contradictionWaitsSeconds[rechecks] : undefined
  if (wait !== undefined) return { ...stay, waitSeconds: wait, rechecks: rechecks + 1 }
  return { ...stay, status: 'contradicted', waitSeconds: planAgainAfterSeconds, alert: 'hub.alert.contradicted' }
}

/** What may still be written late is looked for first; the searches are planned by the run after that. */
function lookLater(question: VerdictQuestion, stay: Verdict): Verdict {
  const { outcome, planAgainAfterSeconds } = question
  const isSearched = outcome.kind === 'succeeded' || (outcome.kind === 'held' && outcome.code === 'conflict')
  if (planAgainAfterSeconds === null && question.searchesAgain && isSearched) return searchAgain(question, stay)
  const rechecks = stay.status === 'contradicted' ? stay.rechecks : 0
  return { ...stay, waitSeconds: planAgainAfterSeconds, rechecks }
}

/** A look that finds nothing to write uses no attempt up: it belongs to what was done before. */
function searchAgain({ outcome, delivery, schedule }: VerdictQuestion, stay: Verdict): Verdict {
  const done = awaitsSearch(delivery) ? delivery.rechecks : 0
  return {
    ...stay,
    ...(done > 0 && outcome.kind === 'succeeded' ? { attempts: delivery.attempts } : {}),
    waitSeconds: schedule.searchAgainWaitsSeconds[done] ?? null,
    rechecks: done + 1,
  }
}

const searched: readonly DeliveryStatus[] = ['succeeded', 'no_match', 'held']

/** Whether a delivery is done and waits only to be searched for again. */
export function awaitsSearch({ status, rechecks }: { status: DeliveryStatus; rechecks: number }): boolean {
  return searched.includes(status) && rechecks > 0
}

function retry({ outcome, schedule, delivery, deny, random }: VerdictQuestion, stay: Verdict): Verdict {
  const { attempts } = stay
  const retryAfterSeconds = 'retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : undefined
  const waitSeconds = nextWaitSeconds(schedule, {
    attempts,
    deny,
    ageSeconds: delivery.ageSeconds,
    random,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
  if (waitSeconds === null) return { ...stay, status: 'failed', waitSeconds: null }
  return { ...stay, waitSeconds }
}

import type { Clock } from '../core/clock.ts'
import { sha256, toHex } from '../core/crypto.ts'
import { type Alert, type AlertFacts, type AlertType, type AlertWords, isStateAlert } from '../core/hub-event-types.ts'
import type { Log } from '../core/log.ts'
import type { NewEvent } from '../core/queue.ts'
import { hideSecretsIn } from '../core/redact.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest, Journal } from '../journal/index.ts'
import { writeAlert } from './alert-words.ts'
import { makeRoutedEvent } from './new-event.ts'

export type RaiseAlert = (alert: Alert) => Promise<void>

export type AlertRoutes = { clock: Clock; installed: readonly Installed[] }

/** So many alerts of one type are delivered in an hour; a hook with 2,000 unknown ids would raise 2,000. */
const mostPerHour = 20

/**
 * Journals an alert with its deliveries, and writes it to the log unless the journal had it already. Beyond so many of
 * its type in the hour it is only recorded and logged, and `tellWithheld` tells how many those were. One whose cause
 * lasts is open from then on.
 */
export function makeRaiseAlert({
  ingest,
  records,
  log,
  nudge,
  ...routes
}: AlertRoutes & {
  ingest: Ingest
  records: Pick<Journal['records'], 'takeAlertTurn' | 'readPersonName'>
  log: Log
  nudge: Nudge
}): RaiseAlert {
  const findWhom = async ({ about, facts: { person, email } }: Alert) =>
    (typeof person === 'string' ? await records.readPersonName(person) : null) ?? String(email ?? about)

  return async (alert) => {
    const { type, about } = alert
    const question = { type, about, externalId: makeExternalId(alert, routes.clock), most: mostPerHour }
    const isUncounted = type === withheldType
    const { turn, externalId } = isUncounted
      ? { turn: 'tell', externalId: question.externalId }
      : await records.takeAlertTurn(question)
    if (turn === 'known') return
    const { whom = await findWhom(alert), ...words } = writeAlert(alert)
    const facts = { ...alert.facts, ...words }
    const told = turn === 'tell'
    const event = makeAlertEvent({ type, externalId, told, facts: { ...facts, about, whom } }, routes)
    const { recorded } = await ingest([event])
    if (!told) {
      log.warn({ ...facts, about, withheld: type }, 'Recorded and not told: too many in this hour')
      return
    }
    log[recorded > 0 ? 'error' : 'debug']({ ...facts, about, alert: type }, facts.what)
    nudge(listWoken([event]))
  }
}

/** The day is in it, but for one that comes once. */
function makeExternalId({ type, about, occasion, once = false }: Alert, clock: Clock): string {
  const day = clock.now().toISOString().slice(0, 10)
  return [type, about, ...(occasion ? [occasion] : []), ...(once ? [] : [day])].join(':')
}

type AlertDraft = {
  type: AlertType
  externalId: string
  /** False: it is recorded, and its channels do not get it. */
  told: boolean
  facts: AlertFacts & AlertWords & { about: string; whom: string }
  /** The alert that it ends; absent: none. */
  resolves?: { type: AlertType; about: string }
}

/**
 * An alert is an event of the source `hub`, so that delivering it is only a route. All that is told of one alert goes
 * through one lane, so that no receiver gets the end before the beginning.
 */
export function makeAlertEvent({ type, externalId, told, facts, resolves }: AlertDraft, routes: AlertRoutes): NewEvent {
  const { about } = facts
  const dedupKey = makeDedupKey(resolves ?? { type, about })
  const isState = isStateAlert(type)
  const state = resolves ? 'resolved' : isState ? 'open' : 'fact'
  const data = hideSecretsIn({ ...facts, dedupKey, state })
  const targetId = resolves || isState ? dedupKey : null
  const event = makeRoutedEvent({ source: 'hub', type, externalId, data, targetId }, routes)
  const delivery = typeof facts.delivery === 'string' ? facts.delivery : null
  return {
    ...event,
    ...(told ? {} : { deliveries: [] }),
    ...(isState ? { opens: { about, told, delivery } } : {}),
  }
}

/** PagerDuty and its like take 255 letters. */
const longestKey = 255

function makeDedupKey({ type, about }: { type: AlertType; about: string }): string {
  const key = `${type}:${about}`
  if (key.length <= longestKey) return key
  const digest = toHex(sha256(new TextEncoder().encode(key))).slice(0, 32)
  return `${key.slice(0, longestKey - digest.length - 1)}:${digest}`
}

/** The alert that tells how many others were only recorded. It is never withheld itself. */
const withheldType = 'hub.alert.more'

/**
 * Makes the telling of how many alerts were withheld in each hour that is over. It is marked as told after it is
 * journaled: in between, another process can only tell it again, which the event's key stops.
 */
export function makeTellWithheld({
  records,
  raiseAlert,
}: {
  records: Pick<Journal['records'], 'listWithheldAlerts' | 'markAlertsSummed'>
  raiseAlert: RaiseAlert
}): () => Promise<void> {
  return async () => {
    for (const { type, hour, count } of await records.listWithheldAlerts()) {
      await raiseAlert({ type: withheldType, about: type, occasion: hour, facts: { count, hour } })
      await records.markAlertsSummed({ type, hour })
    }
  }
}

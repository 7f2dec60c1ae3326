import type { Direction } from '../../core/change.ts'
import { isRecord } from '../../core/json.ts'
import { cleanText } from '../source.ts'

export type OktaEnvelope = {
  /** Okta's id of the request, not of an event in it. */
  requestId: string | null
  /** The elements as they came; empty when there is no list of them. */
  elements: unknown[]
  trusted: boolean
}

/**
 * Reads what stands around the events of a hook. `source` is `https://<org>/api/v1/eventHooks/<hook id>`; the id of the
 * request was spelled `eventID` in 2019 (Okta docs: event hooks).
 * A body without `source` is trusted: it carried the secret, and the person's state is read at the configured org
 * anyway; to drop it could lose a lockout. A `source` that names another host, or that is no address, is not.
 */
export function readEnvelope(body: unknown, { orgUrl }: { orgUrl: string }): OktaEnvelope {
  if (!isRecord(body)) return { requestId: null, elements: [], trusted: true }
  const data = isRecord(body.data) ? body.data : {}
  return {
    requestId: cleanText(body.eventId) ?? cleanText(body.eventID),
    elements: Array.isArray(data.events) ? data.events : [],
    trusted: isFromOrg(body.source, orgUrl),
  }
}

function isFromOrg(source: unknown, orgUrl: string): boolean {
  if (source === undefined || source === null) return true
  if (typeof source !== 'string' || !URL.canParse(source)) return false
  return new URL(source).host === new URL(orgUrl).host
}

type OktaElement = { uuid: string | null; type: string | null; time: string | null; people: string[] }

/** Types that the hub itself gives. An event from outside with such a type could raise the hub's own alerts. */
const ownFamily = /^(hub\.|okta\.hollow$|okta\.left_out$|unparseable$)/

const oktaId = /^[A-Za-z0-9]{1,64}$/

/** Reads one element of `data.events`; a part that cannot be read is null. */
export function readElement(element: unknown): OktaElement {
  if (!isRecord(element)) return { uuid: null, type: null, time: null, people: [] }
  const type = cleanText(element.eventType)
  return {
    uuid: cleanText(element.uuid),
    type: type !== null && ownFamily.test(type) ? null : type,
    time: readTime(element.published),
    people: readPeople(element.target),
  }
}

/**
 * The ids of the users an event is about, sorted. They are found by type and never by place, because the order of
 * targets is not stable (Okta docs: System Log API). `AppUser` is an account in an app and the actor caused the
 * event: neither is the person it is about.
 */
function readPeople(target: unknown): string[] {
  if (!Array.isArray(target)) return []
  const ids = target
    .filter((party) => isRecord(party) && party.type === 'User')
    .map((party) => party.id)
    .filter((id): id is string => typeof id === 'string' && oktaId.test(id))
  return [...new Set(ids)].sort()
}

function readTime(published: unknown): string | null {
  if (typeof published !== 'string' || !/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/.test(published)) return null
  const time = new Date(published)
  // A year that takes more or less than four digits is no date to PostgreSQL, which would refuse the whole event.
  const isUsual = time.getUTCFullYear() >= 1 && time.getUTCFullYear() <= 9999
  return isUsual ? time.toISOString() : null
}

const hints: Record<string, Direction> = {
  'user.lifecycle.deactivate': 'deny',
  'user.lifecycle.suspend': 'deny',
  'user.lifecycle.delete.initiated': 'deny',
  'user.lifecycle.activate': 'allow',
  'user.lifecycle.reactivate': 'allow',
  'user.lifecycle.unsuspend': 'allow',
}

/**
 * The direction that an event type suggests. Locking is neutral like unlocking: anyone can cause it with wrong passwords,
 * so by default it changes nothing, and a hint of deny would make the hub read the state again as a contradiction.
 */
export function suggestDirection(type: string): Direction {
  return Object.hasOwn(hints, type) ? (hints[type] ?? 'neutral') : 'neutral'
}

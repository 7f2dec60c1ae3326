import type { Direction } from '../../core/change.ts'
import { isRecord } from '../../core/json.ts'
import { cleanText } from '../clean-text.ts'

export type OktaElement = { uuid: string | null; type: string | null; time: string | null; people: string[] }

/** What the hub itself calls an event. A sender that used such a name could ring the hub's own alarms. */
const ownFamily = /^(hub\.|okta\.hollow$|unparseable$)/

const oktaId = /^[A-Za-z0-9]{1,64}$/

/** One element of `data.events`; whatever cannot be made out is null. */
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
 * targets is not stable (Okta docs: System Log API). `AppUser` is an account in an app and the actor is whoever did
 * it: neither is the person.
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
 * What a type suggests. Locking is neutral like unlocking: anybody can cause it with wrong passwords, so by default
 * it changes nothing, and a hint of deny would have it read again and again as a contradiction.
 */
export function hintOf(type: string): Direction {
  return Object.hasOwn(hints, type) ? (hints[type] ?? 'neutral') : 'neutral'
}

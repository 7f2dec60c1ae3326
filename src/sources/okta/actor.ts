import type { Actor } from '../../core/actor.ts'
import { isRecord } from '../../core/json.ts'

const longest = 200

/**
 * Reads who acted at Okta from `actor` of a journaled event (Okta docs: System Log API, Actor object). Null: it names
 * nobody, as that of a resync or of another sender.
 */
export function readActor(actor: unknown): Actor | null {
  if (!isRecord(actor)) return null
  const read = { id: readWord(actor.id), name: readWord(actor.displayName), login: readWord(actor.alternateId) }
  return Object.values(read).every((word) => word === null) ? null : read
}

/** Okta writes `unknown` where it does not know a name. */
function readWord(value: unknown): string | null {
  if (typeof value !== 'string' || value.trim() === '' || value === 'unknown') return null
  return value.slice(0, longest)
}

import type { LiveGrant } from '../../core/access.ts'
import type { Seen } from '../../core/sight.ts'

/**
 * Explains why a removal is not done by what was read back after it; null: it is. Only what was seen to be gone is. That
 * no account of the person is known proves nothing about access that the hub gave: it was given to one.
 */
export function explainNotGone(seen: Seen | null, grants: readonly LiveGrant[]): string | null {
  if (seen === null) return null
  if (seen.had.length > 0) return `Read back, it is still there: ${seen.had.join(', ')}.`
  const [unknown] = seen.unknown
  if (unknown) return `Whether ${unknown.target} is gone could not be told: ${unknown.why}`
  const lost = seen.nobody.find((target) => grants.some(({ permission }) => permission.target === target))
  if (lost === undefined) return null
  return `${lost} was given, and under which account is not known any more: whether it is gone could not be told.`
}

import type { PlannedRow } from '../../core/batch.ts'
import { sha256, toHex } from '../../core/crypto.ts'
import { isRecord } from '../../core/json.ts'

/** SHA-256, in hex, of what a plan would change: in whatever order a vendor names its fields and users. */
export function hashPlan({ plan, code, changes }: Omit<PlannedRow, 'planHash'>): string {
  const lines = changes.map(({ summary: _, ...change }) => toSortedText(change)).sort()
  return toHex(sha256(new TextEncoder().encode(toSortedText({ plan, code, lines }))))
}

/** JSON with the fields of each object in the order of their names. */
function toSortedText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isRecord(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  )
}

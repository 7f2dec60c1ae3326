import type { SourceRow } from '../journal/index.ts'

/** What is left to do about those who left before the first start of the hub, and how. */
export type FullLook = { detail: string; fix: string }

/** Null once everybody of the source was looked at, and what was found was done. */
export function suggestFullLook({
  id,
  fullLookAt,
  fullAppliedAt,
}: Pick<SourceRow, 'id' | 'fullLookAt' | 'fullAppliedAt'>): FullLook | null {
  if (fullAppliedAt !== null) return null
  if (fullLookAt === null) {
    return {
      detail: 'nobody who left before the first start of the hub was looked at: they may still be able to log in',
      fix: `Run "npm run hub -- ${id} resync --full": it locks nobody out, and "npm run hub -- report go-live" shows the plan.`,
    }
  }
  return {
    detail: 'who left before the first start of the hub was listed, and not locked out yet',
    fix: `Read "npm run hub -- report go-live", then run "npm run hub -- ${id} resync --full --apply".`,
  }
}

import { UsageError } from '../../core/errors.ts'
import type { BatchRow } from '../../journal/index.ts'

/** @throws UsageError when the journal does not know the batch */
export function assertFound(batch: BatchRow | null, id: string): BatchRow {
  if (batch) return batch
  throw new UsageError({
    what: `There is no batch ${id}.`,
    why: 'The journal does not know it.',
    fix: 'See "npm run hub -- batch list".',
    code: 'unknown_batch',
  })
}

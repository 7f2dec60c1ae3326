import { UsageError } from '../core/errors.ts'
import type { Journal } from '../journal/index.ts'
import { type Caller, toOperator } from './caller.ts'

/** Ends a token for good. It is refused from the commit on: each request reads it anew. */
export async function revokeToken(
  journal: Pick<Journal, 'orders'>,
  revoker: Caller,
  { id, ...note }: { id: string; reason: string | null; requestId?: string },
): Promise<void> {
  if (await journal.orders.revokeToken({ ...toOperator(revoker), ...note, id })) return
  throw new UsageError({
    what: `There is no token "${id}" that could be revoked.`,
    why: 'The journal does not know it, or it was revoked before.',
    fix: 'See "npm run hub -- token list".',
    code: 'unknown_token',
  })
}

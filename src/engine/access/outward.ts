import { PermanentError } from '../../core/errors.ts'
import type { InlineRun } from './access-work.ts'

/**
 * What the sender's admins may read of an error: a connector's own refusal, word for word. Anything else thrown has
 * inside details in it, such as addresses and vendors' answers, and stays in the journal under the delivery's id.
 */
export function outward(thrown: unknown, { connector, delivery }: Pick<InlineRun, 'connector' | 'delivery'>): string {
  if (thrown instanceof PermanentError) return thrown.message
  return `${connector.id} could not do it: the hub's journal says why (${delivery.id}).`
}

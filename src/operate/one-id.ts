import { UsageError } from '../core/errors.ts'
import type { Journal } from '../journal/index.ts'

const mostShown = 5

/**
 * Finds the whole id that an operator began: of a delivery, an event or a person. Any other text, and one that begins no
 * id, is returned as it is.
 * @throws UsageError when several ids begin so
 */
export async function completeId(journal: Pick<Journal, 'records'>, text: string): Promise<string> {
  const ids = await journal.records.findIds({ begin: text, limit: mostShown + 1 })
  const [first = text, ...others] = ids
  if (first === text || others.length === 0) return first
  const more = ids.length > mostShown ? ', …' : ''
  throw new UsageError({
    what: `Several ids begin with "${text}".`,
    why: `They are: ${ids.slice(0, mostShown).join(', ')}${more}`,
    fix: 'Write more of the one that you mean.',
    code: 'several_found',
  })
}

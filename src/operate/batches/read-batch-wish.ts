import type { BatchAct, BatchTerms } from '../../core/batch.ts'
import { UsageError } from '../../core/errors.ts'
import { type BatchFilter, type BatchWish, wordsOf } from './read-set.ts'

/** What a batch does, and to what: to what a filter finds, or to what came back from an earlier batch of the same act. */
export type BatchOf = BatchWish | { act: BatchAct; cameBackFrom: string }

/** The same as a surface is asked for it, in parts that may not fit together. `again`: an earlier batch. */
type BatchAsk = { act: BatchAct; filter?: BatchFilter; terms?: BatchTerms; again?: string | undefined }

/**
 * Reads which set is meant. A part that this act does not look at is refused: whoever gave it meant a smaller set than
 * the one that would be made.
 * @throws UsageError where a part is given in vain, or one is missing
 */
export function readBatchWish({ act, filter = {}, terms = {}, again }: BatchAsk): BatchOf {
  const given = listGiven(filter)
  if (again !== undefined) {
    if (given.length + listGiven(terms).length > 0)
      throw refuseParts('What came back from a batch is taken as a whole.')
    return { act, cameBackFrom: again }
  }
  const { words, needs = [] } = wordsOf(act)
  const other = given.find((word) => !words.includes(word))
  if (other !== undefined) throw refuseParts(`The set of ${act} is picked by ${words.join(', ')}, and not by ${other}.`)
  if (terms.until !== undefined && act !== 'protect') throw refuseParts('Only a protection has an end.')
  const missing = needs.find((word) => !given.includes(word))
  if (missing !== undefined) throw refuseMissing(act, missing)
  return { act, filter, terms }
}

function listGiven<Given extends object>(given: Given): (keyof Given)[] {
  return (Object.keys(given) as (keyof Given)[]).filter((word) => given[word] !== undefined)
}

/** The refusal of parts that do not belong together. */
export function refuseParts(why: string): UsageError {
  return new UsageError({
    what: 'This names another set than the one that would be made.',
    why,
    fix: 'Leave out what does not belong to it.',
  })
}

function refuseMissing(act: BatchAct, word: keyof BatchFilter): UsageError {
  return new UsageError({
    what: `No ${word} is given.`,
    why: word === 'direction' ? 'People are held on the way out (deny) or in (allow).' : 'Only you know since when.',
    fix: `Write npm run hub -- batch plan ${act} --${word} ${word === 'direction' ? 'deny' : '2h'}.`,
    code: 'empty_filter',
  })
}

import type { BatchAct } from '../../core/batch.ts'
import type { HeldDirection } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import type { BatchRow, Journal, OrderNote } from '../../journal/index.ts'
import { type DeliveryQuery, resolveFilter } from '../deliveries.ts'
import { assertFound } from './assert-found.ts'

/** Which deliveries a batch is made of, in the words that people use. */
export type BatchQuery = Omit<DeliveryQuery, 'folds' | 'limit' | 'before' | 'after'>

type Needs = { journal: Pick<Journal, 'batches' | 'records'>; clock: Clock; nudge?: (() => void) | undefined }

/** What a batch does, and to what: to deliveries, to people who are held, or to what came back from an earlier batch. */
export type BatchWish =
  | { act: 'replay'; filter: BatchQuery }
  | { act: 'release' | 'cancel'; held: HeldDirection }
  | { act: BatchAct; cameBackFrom: string }

/** The same as a surface is asked for it, in parts that may not fit together. `again`: an earlier batch. */
type BatchAsk = {
  act: BatchAct
  filter?: BatchQuery | undefined
  direction?: HeldDirection | undefined
  again?: string | undefined
}

type Wish = { note: OrderNote; name: string; of: BatchWish }

/** A plan is looked at and applied within a day, or made anew. */
const goodForSeconds = 24 * 3600
const defaultPace = 50

/**
 * Reads which set is meant. A part that this act does not look at is refused: whoever gave it meant a smaller set than
 * the one that would be made.
 * @throws UsageError where a part is given in vain, or one is missing
 */
export function readBatchWish({ act, filter = {}, direction, again }: BatchAsk): BatchWish {
  const isFiltered = Object.keys(filter).length > 0
  if (again !== undefined) {
    if (isFiltered || direction !== undefined) throw refuseParts('What came back from a batch is taken as a whole.')
    return { act, cameBackFrom: again }
  }
  if (act === 'replay') {
    if (direction !== undefined) throw refuseParts('A replay has no direction.')
    return { act, filter }
  }
  if (isFiltered) throw refuseParts(`A ${act} is of all people who are held in a direction, and takes no filter.`)
  if (direction !== undefined) return { act, held: direction }
  throw new UsageError({
    what: 'No direction is given.',
    why: 'People are held on the way out (deny) or in (allow).',
    fix: `Write npm run hub -- batch plan ${act} --direction deny.`,
    code: 'empty_filter',
  })
}

function refuseParts(why: string): UsageError {
  return new UsageError({
    what: 'This names another set than the one that would be made.',
    why,
    fix: 'Leave out what does not belong to it.',
  })
}

/**
 * Freezes what is meant now into a batch. A running hub plans its rows in the background.
 * @throws UsageError where nothing fits, too much does, or a filter is missing
 */
export async function planBatch({ journal, clock, nudge }: Needs, { note, name, of }: Wish): Promise<BatchRow> {
  const id = makeId('bat', clock)
  const set = await readSet(journal, of)
  await journal.batches.freezeSet({ id, name, note, goodForSeconds, pace: defaultPace, ...set })
  nudge?.()
  const made = await journal.batches.readBatch(id)
  if (!made) throw new Error(`The batch ${id} was made and is not there.`)
  return made
}

async function readSet(journal: Needs['journal'], of: BatchWish) {
  if ('held' in of) return { act: of.act, filter: { held: of.held }, set: { held: of.held } }
  if ('cameBackFrom' in of) {
    const { cameBackFrom } = of
    const earlier = assertFound(await journal.batches.readBatch(cameBackFrom), cameBackFrom)
    if (earlier.act !== of.act) throw refuseParts(`${cameBackFrom} is a ${earlier.act}.`)
    return { act: of.act, filter: { cameBackFrom }, set: { cameBackFrom } }
  }
  return { act: of.act, filter: { ...of.filter }, set: { deliveries: await readDeliveries(journal, of.filter) } }
}

async function readDeliveries(journal: Needs['journal'], query: BatchQuery) {
  if (Object.keys(query).length === 0) {
    throw new UsageError({
      what: 'No filter is given.',
      why: 'A batch of everything is never what is meant.',
      fix: 'Give one, such as --status failed.',
      code: 'empty_filter',
    })
  }
  const { filter, tooManyPeople } = await resolveFilter(journal, { ...query, folds: false, limit: 1 })
  if (tooManyPeople) {
    throw new UsageError({
      what: 'More than 200 people were seen under the text of --search.',
      why: 'Not all of what fits would be in the set.',
      fix: 'Write more of it.',
      code: 'batch_too_large',
    })
  }
  const { folds: _, limit: __, ...deliveries } = filter
  return deliveries
}

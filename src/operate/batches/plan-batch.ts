import type { Clock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import { makeId } from '../../core/id.ts'
import type { JsonObject } from '../../core/json.ts'
import type { BatchRow, Journal, OrderNote } from '../../journal/index.ts'
import { type DeliveryQuery, resolveFilter } from '../deliveries.ts'

/** Which deliveries a batch is made of, in the words that people use. */
export type BatchQuery = Omit<DeliveryQuery, 'folds' | 'limit' | 'before' | 'after'>

type Needs = { journal: Pick<Journal, 'batches' | 'records'>; clock: Clock; nudge?: (() => void) | undefined }

type Wish = {
  note: OrderNote
  name: string
  /** What the filter finds now, or what came back from an earlier batch. */
  of: BatchQuery | { cameBackFrom: string }
}

/** A plan is looked at and applied within a day, or made anew. */
const goodForSeconds = 24 * 3600
const defaultPace = 50

/**
 * Freezes what a filter finds now into a batch of replays. A running hub plans its rows in the background.
 * @throws UsageError where nothing fits, too much does, or a filter is missing
 */
export async function planBatch({ journal, clock, nudge }: Needs, { note, name, of }: Wish): Promise<BatchRow> {
  const id = makeId('bat', clock)
  const batch = { id, name, act: 'replay', note, goodForSeconds, pace: defaultPace } as const
  const { filter, set } = await readSet(journal, of)
  await journal.batches.freezeSet({ ...batch, filter, set })
  nudge?.()
  const made = await journal.batches.readBatch(id)
  if (!made) throw new Error(`The batch ${id} was made and is not there.`)
  return made
}

async function readSet(journal: Needs['journal'], of: Wish['of']) {
  const filter: JsonObject = { ...of }
  if ('cameBackFrom' in of) return { filter, set: of }
  if (Object.keys(filter).length === 0) {
    throw new UsageError({
      what: 'No filter is given.',
      why: 'A batch of everything is never what is meant.',
      fix: 'Give one, such as --status failed.',
      code: 'empty_filter',
    })
  }
  const found = await resolveFilter(journal, { ...of, folds: false, limit: 1 })
  if (found.tooManyPeople) {
    throw new UsageError({
      what: 'More than 200 people were seen under the text of --search.',
      why: 'Not all of what fits would be in the set.',
      fix: 'Write more of it.',
      code: 'batch_too_large',
    })
  }
  const { folds: _, limit: __, ...deliveries } = found.filter
  return { filter, set: { deliveries } }
}

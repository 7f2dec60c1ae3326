import type { BatchAct } from '../../core/batch.ts'
import type { Clock } from '../../core/clock.ts'
import { makeId } from '../../core/id.ts'
import type { BatchRow, Journal, OrderNote } from '../../journal/index.ts'
import { assertFound } from './assert-found.ts'
import { type BatchOf, refuseParts } from './read-batch-wish.ts'
import { type BatchWish, readSet, readTerms } from './read-set.ts'

type Needs = { journal: Pick<Journal, 'batches' | 'records'>; clock: Clock; nudge?: (() => void) | undefined }

type Wish = { note: OrderNote; name: string; of: BatchOf }

/** A plan is looked at and applied within a day, or made anew. */
const goodForSeconds = 24 * 3600
const defaultPace = 50

/**
 * Freezes what is meant now into a batch. A running hub plans its rows in the background.
 * @throws UsageError where nothing fits, too much does, or a filter is missing
 */
export async function planBatch({ journal, clock, nudge }: Needs, { note, name, of }: Wish): Promise<BatchRow> {
  const id = makeId('bat', clock)
  const set = 'cameBackFrom' in of ? await readEarlier(journal, of) : await readWish({ journal, clock }, of)
  await journal.batches.freezeSet({ id, name, note, goodForSeconds, pace: defaultPace, ...set })
  nudge?.()
  const made = await journal.batches.readBatch(id)
  if (!made) throw new Error(`The batch ${id} was made and is not there.`)
  return made
}

async function readEarlier(
  { batches }: Needs['journal'],
  { act, cameBackFrom }: { act: BatchAct; cameBackFrom: string },
) {
  const earlier = assertFound(await batches.readBatch(cameBackFrom), cameBackFrom)
  if (earlier.act !== act) throw refuseParts(`${cameBackFrom} is a ${earlier.act}.`)
  return { act, terms: earlier.terms, filter: { cameBackFrom }, set: { cameBackFrom } }
}

async function readWish<Act extends BatchAct>(
  { journal, clock }: Pick<Needs, 'journal' | 'clock'>,
  wish: BatchWish<Act>,
) {
  const { act, filter } = wish
  return { act, terms: readTerms(wish, clock), filter: { ...filter }, set: await readSet(journal, wish) }
}

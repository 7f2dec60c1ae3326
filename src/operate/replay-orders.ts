import type { DeliveryStatus } from '../core/outcome.ts'
import type { DeliveryKind } from '../core/queue.ts'
import type { Journal, OrderNote } from '../journal/index.ts'
import { completeId } from './one-id.ts'
import { findWait, readOutlook, type Wait } from './outlook.ts'

/** What became of one delivery that an operator wants to be replayed. */
export type ReplayAnswer = {
  id: string
  replayed: boolean
  from: DeliveryStatus | null
  detail: string
  /** What it waits for though it is due; null: the running hub takes it. */
  waitsFor: Wait | null
}

type ReplayOrder = OrderNote & {
  /** Ids of deliveries, or of events, each of which stands for all of its deliveries; their beginnings do too. */
  words: readonly string[]
}

type Needs = Pick<Journal, 'orders' | 'queue' | 'records'>

/** Makes deliveries due again, with who says so and why, and says of each what it waits for, or why it was refused. */
export async function replayNamed(journal: Needs, { words, ...note }: ReplayOrder): Promise<ReplayAnswer[]> {
  const ids = await findNamed(journal, words)
  const order = { kind: 'replay', ...note } as const
  const done = new Map((await journal.orders.replay({ ids, order })).map((each) => [each.id, each]))
  const outlook = await readOutlook(journal)
  const answers: ReplayAnswer[] = []
  for (const id of ids) {
    const delivery = await journal.records.showDelivery(id)
    const replayed = done.get(id)
    if (!delivery || !replayed) {
      answers.push({ id, replayed: false, waitsFor: null, ...explainRefusal(delivery) })
      continue
    }
    const waitsFor = findWait(delivery, outlook)
    const asks = isQuestion(replayed.kind) ? ': it is asked again, and the answer is sent to no one' : ''
    const wait = waitsFor ? `; but ${waitsFor.why}` : ''
    answers.push({
      id,
      replayed: true,
      from: replayed.from,
      waitsFor,
      detail: `was ${replayed.from}, is due now${asks}${wait}`,
    })
  }
  return answers
}

/** Finds the deliveries that are named, each once: by their ids, their events', or beginnings of these. */
export async function findNamed(journal: Pick<Journal, 'records'>, words: readonly string[]): Promise<string[]> {
  const named: string[] = []
  for (const word of words) named.push(...(await findDeliveries(journal, word)))
  return [...new Set(named)]
}

async function findDeliveries(journal: Pick<Journal, 'records'>, word: string): Promise<string[]> {
  const id = await completeId(journal, word)
  if (!id.startsWith('evt_')) return [id]
  const rows = await journal.records.listDeliveries({ event: id, limit: 1000 })
  return rows.length > 0 ? rows.map((row) => row.id) : [id]
}

type Refused = Awaited<ReturnType<Journal['records']['showDelivery']>>

function explainRefusal(delivery: Refused): Pick<ReplayAnswer, 'from' | 'detail'> {
  if (!delivery) return { from: null, detail: 'there is no such delivery' }
  const { status, kind, inline } = delivery
  if (inline?.asked.trial) {
    return {
      from: status,
      detail: "it was a trial of the hook: it concerns no person's access, and there is nothing to do again",
    }
  }
  const overtaken = 'superseded: something later overtook it, and it never runs again'
  const late =
    'nothing was done: its sender waits no more, and a late grant never happens. Have it asked for again at the platform'
  const atTheDoor = 'it was settled when it came in, and stands in no queue. Have it asked for again at the platform'
  const changed = kind === 'deprovision' ? atTheDoor : 'it changed meanwhile: try again'
  return { from: status, detail: kind === 'provision' ? late : status === 'superseded' ? overtaken : changed }
}

function isQuestion(kind: DeliveryKind): boolean {
  return kind === 'validate' || kind === 'preapprove'
}

/** Makes due again what failed or waits after a failed try of the deliveries of one event, and returns which those are. */
export async function recoverEvent(
  journal: Pick<Journal, 'orders' | 'records'>,
  { event, ...note }: OrderNote & { event: string },
): Promise<string[]> {
  const ids = await journal.records.findFailedOf(event)
  return ids.length === 0 ? [] : replayMany(journal, { ...note, ids, onProgress: () => {} })
}

const batch = 100

type RecoverOrder = OrderNote & { ids: readonly string[]; onProgress(replayed: number): void }

/** Makes many deliveries due again, some at a time, so that no transaction holds many lanes for long. */
export async function replayMany(
  journal: Pick<Journal, 'orders'>,
  { ids, onProgress, ...note }: RecoverOrder,
): Promise<string[]> {
  const replayed: string[] = []
  for (let i = 0; i < ids.length; i += batch) {
    const some = ids.slice(i, i + batch)
    const done = await journal.orders.replay({ ids: some, order: { kind: 'recover', ...note } })
    replayed.push(...done.map(({ id }) => id))
    onProgress(some.length)
  }
  return replayed
}

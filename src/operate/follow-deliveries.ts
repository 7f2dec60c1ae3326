import type { Clock } from '../core/clock.ts'
import { makeBound } from '../core/id.ts'
import { abortableWait } from '../core/wait.ts'
import type { Journal } from '../journal/index.ts'
import { type DeliveryQuery, type ListedDelivery, listDeliveryPage, readDeliveries } from './deliveries.ts'

type Follow = {
  query: DeliveryQuery
  clock: Clock
  /** Ends it. */
  signal: AbortSignal
  /** Called with what is new, and with what was open and has settled since; the oldest first. */
  onRows(rows: readonly ListedDelivery[]): void
}

const pollSeconds = 1
/** An id is made a little before its row is committed, maybe by a hub whose clock differs: this is looked at again. */
const overlapMs = 60_000
const mostPerLook = 1000
/** So many open deliveries are watched until they settle. */
const mostWatched = 1000

/** Follows deliveries as they come, and tells of each once more when it has settled, until it is told to end. */
export async function followDeliveries(
  journal: Pick<Journal, 'records'>,
  { query, clock, signal, onRows }: Follow,
): Promise<void> {
  const began = clock.now().getTime()
  let seen = new Set<string>()
  const open = new Set<string>()
  while (!signal.aborted) {
    const from = Math.max(began - 1, clock.now().getTime() - overlapMs)
    const after = makeBound('dlv', from)
    const page = await listDeliveryPage(journal, { ...query, after, limit: mostPerLook })
    const fresh = page.deliveries.filter(({ id }) => !seen.has(id))
    const watched = (await readDeliveries(journal, [...open])).filter((row) => !isOpen(row))
    for (const { id } of watched) open.delete(id)
    for (const row of fresh) if (isOpen(row) && open.size < mostWatched) open.add(row.id)
    seen = new Set([...seen, ...fresh.map(({ id }) => id)].filter((id) => id > after))
    const rows = [...watched, ...fresh].sort((a, b) => (a.id < b.id ? -1 : 1))
    if (rows.length > 0) onRows(rows)
    await abortableWait(pollSeconds, signal).catch(() => {})
  }
}

function isOpen({ status }: ListedDelivery): boolean {
  return status === 'pending' || status === 'running'
}

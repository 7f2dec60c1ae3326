import { UsageError } from '../core/errors.ts'
import type { BegunResync, Journal, Listing, ListingMode } from '../journal/index.ts'

/**
 * Which people a resync queues.
 * - `changed`: who changed since a time; without one, since the last resync, or else since `fallback`.
 * - `full`: all people the authority has, and all known here that it no longer lists.
 * - `plan`: nobody; all people the authority has are recorded, so that `report go-live` plans them.
 * - `compare`: of those known here, who is no longer listed, or listed under another status than was read last.
 */
export type ResyncMode =
  | { kind: 'changed'; since: string | null; fallback?: string | null }
  | { kind: 'full' }
  | { kind: 'plan' }
  | { kind: 'compare' }

/** An authority's cursors live for a while. A pass that was left for longer begins anew. */
const mostKeptSeconds = 3600

/**
 * Opens the listing of a resync that this process holds: where the last process was cut off, or from the first page. One
 * that has not got through keeps its time `since`, so that a gap that it was to close stays one.
 * @throws UsageError when there is no time since when to list
 */
export async function openListing(
  question: ResyncMode,
  {
    begun,
    records,
    overlapSeconds,
  }: {
    begun: BegunResync
    records: Pick<Journal['records'], 'readListing' | 'startListing'>
    overlapSeconds: number
  },
): Promise<Listing> {
  const mode: ListingMode = question.kind === 'changed' && question.since !== null ? 'since' : question.kind
  const last = await records.readListing({ id: begun.id, mode })
  // Another listing has got through since, and reached further.
  const isOvertaken = mode === 'changed' && last && begun.resyncedTo && begun.resyncedTo >= last.startedAt
  const kept = isOvertaken ? null : last
  const since = mode === 'changed' && kept ? kept.since : findSince(question, { begun, overlapSeconds })
  const hasPlace = kept && (kept.position !== null || kept.isListed) && kept.keptSecondsAgo < mostKeptSeconds
  if (hasPlace && isSameTime(kept.since, since)) return kept
  const { startedAt } = begun
  const begunAt = mode === 'changed' && kept ? kept.begunAt : startedAt
  const counts = { pages: 0, listed: 0, queued: 0, denied: 0 }
  const listing = { mode, since, begunAt, startedAt, position: null, isListed: false, ...counts }
  if (!(await records.startListing(begun, listing))) throw new LostResyncError(begun.id)
  return listing
}

export class LostResyncError extends Error {
  constructor(source: string) {
    super(`Another process resyncs ${source}.`)
  }
}

function isSameTime(one: string | null, other: string | null): boolean {
  return one === other || (one !== null && other !== null && Date.parse(one) === Date.parse(other))
}

/** ISO time since when changes are listed; null: no matter when. */
function findSince(
  mode: ResyncMode,
  { begun, overlapSeconds }: { begun: BegunResync; overlapSeconds: number },
): string | null {
  if (mode.kind !== 'changed') return null
  if (mode.since !== null) return mode.since
  const last = begun.resyncedTo ?? mode.fallback
  if (last) return new Date(Date.parse(last) - overlapSeconds * 1000).toISOString()
  throw new UsageError({
    what: `${begun.id} was never resynced.`,
    why: 'So there is no time since when to look for changes.',
    fix: 'Say since when with --since, such as --since 2h, or give --full for everybody.',
  })
}

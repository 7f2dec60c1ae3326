import type { Clock } from '../core/clock.ts'
import type { ListedPage } from '../core/connector.ts'
import { PermanentError, UsageError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Operator } from '../core/operator.ts'
import type { PersonState } from '../core/person.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import { abortableWait } from '../core/wait.ts'
import { noWorkScope, runPaced, type WorkScope } from '../core/work-scope.ts'
import type { QueueSync } from '../events/resync-event.ts'
import { makeReadContext } from '../host/context.ts'
import { type Installed, withClient } from '../host/installed.ts'
import type { BegunResync, Journal, Listing, ListingCounts, ListingMode, SourceRow } from '../journal/index.ts'
import { LostResyncError, openListing, type ResyncMode } from './open-listing.ts'
import { takePage } from './take-page.ts'

type ResyncResult = ListingCounts & { since: string | null; startedAt: string }

export type ResyncQuestion = {
  source: string
  mode: ResyncMode
  signal: AbortSignal
  /** Who ordered it; absent: the hub does it by itself. */
  operator?: Operator
  /** Why; it stays on record with the order. */
  reason?: string | null
  onProgress?: (progress: ListingCounts) => void
  /**
   * Asked once the lease is held, with what stands in the database then: another process may have got through since the
   * caller looked. Left out: it is.
   */
  isDue?: IsDue
}

export type IsDue = (source: Pick<SourceRow, 'resyncedTo' | 'comparedAt' | 'now'>) => boolean

/** Null: another process is at it already, or has done it. */
export type Resync = (question: ResyncQuestion) => Promise<ResyncResult | null>

/** So many who did not come in the list are queued at a time. */
const missingAtOnce = 100

/**
 * Asks a source's authority who is there, and queues a sync for each: this finds what no hook told, or told while no hub
 * listened. It decides nothing itself: each person is read again when their turn comes. Where it is cut off, the next
 * resync of the same kind goes on, in whatever process.
 */
export function makeResync({
  journal,
  installed,
  queueSync,
  timing,
  clock,
  log,
  scope = noWorkScope,
}: {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  queueSync: QueueSync
  timing: Pick<UpkeepTiming, 'overlapSeconds' | 'leaseSeconds'>
  clock: Clock
  log: Log
  scope?: WorkScope
}): Resync {
  const { leaseSeconds, overlapSeconds } = timing

  const { records } = journal

  const listAndQueue = async (pass: Pass, client: unknown): Promise<Listing> => {
    const { source, signal, begun, onProgress } = pass
    let { listing } = pass
    const { mode } = listing
    const asksWhoIsMissing = mode === 'full' || mode === 'compare'
    const note = async (more: Partial<Listing>, came: readonly string[]) => {
      listing = { ...listing, ...more }
      const noted = { listing, came: asksWhoIsMissing ? came : [], leaseSeconds }
      if (!(await records.keepListing(begun, noted))) throw new LostResyncError(source)
    }
    const queue = async (ids: readonly string[], reason: string) => {
      signal.throwIfAborted()
      return queueSync(
        ids.map((authorityId) => ({ source, authorityId })),
        { reason },
      )
    }
    const take = async (people: readonly PersonState[]) => {
      if (mode !== 'plan') return queue(await chooseIds(people, { source, mode, records }), reasonOf(mode))
      await records.recordListed({ source, states: people })
      return 0
    }
    const tell = () => onProgress?.(countsOf(listing))

    if (!listing.isListed) {
      for await (const { people, next = null } of listPages({ ...pass, client, clock })) {
        const queued = listing.queued + (await take(people))
        const counts = { pages: listing.pages + 1, listed: listing.listed + people.length, queued }
        const denied = listing.denied + people.filter(({ access }) => access === 'deny').length
        const came = people.map(({ authorityId }) => authorityId)
        await note({ ...counts, denied, position: next }, came)
        tell()
      }
      await note({ isListed: true, position: null }, [])
    }
    while (asksWhoIsMissing) {
      const missing = await records.listMissing({ id: source, mode, limit: missingAtOnce })
      if (missing.length === 0) break
      const queued = await queue(missing, 'known here, but not listed any more')
      await note({ queued: listing.queued + queued }, missing)
    }
    tell()
    return listing
  }

  return async (question) => {
    const authority = findAuthority(question.source, installed)
    const order = toOrder(question)
    const begun = await records.beginResync({ id: question.source, leaseSeconds, order })
    if (!begun) return null
    if (question.isDue && !question.isDue({ ...begun, now: begun.startedAt })) {
      await records.endResync({ ...begun, ...summarize(null) })
      return null
    }
    const lease = keepLease(begun, { journal, leaseSeconds, log })
    const signal = AbortSignal.any([question.signal, lease.lost])
    let done: Listing | null = null
    let opened: Listing | null = null
    try {
      const listing = await openListing(question.mode, { begun, records, overlapSeconds })
      opened = listing
      const list = () =>
        withClient(authority, (client) => listAndQueue({ ...question, signal, begun, listing, authority }, client), {
          unlimited: true,
        })
      done = await runPaced(scope, { connector: authority.id, calls: 'background' }, list)
      return { ...countsOf(done), since: done.since, startedAt: done.startedAt }
    } catch (thrown) {
      // Whatever error a cut call ends with, the reason is what cut it.
      signal.throwIfAborted()
      // The authority does not know the place any more, or refuses the question itself: from the first page, then.
      if (thrown instanceof PermanentError && opened) await records.forgetPosition(begun, opened.mode)
      throw thrown
    } finally {
      lease.release()
      await records.endResync({ ...begun, ...summarize(done) })
    }
  }
}

/** What a listing that got through says of the source; of one that did not, nothing. */
function summarize(done: Listing | null): Omit<EndedResync, 'id' | 'epoch'> {
  if (!done) return { covered: null, comparedAt: null }
  const { mode, since, startedAt, denied } = done
  const isWhole = mode === 'full' || mode === 'compare'
  const isForChanges = mode === 'changed' || mode === 'since' || mode === 'full'
  // With no leaver among those listed there is nothing to carry out.
  const isApplied = mode === 'full' || (mode === 'plan' && denied === 0)
  return {
    covered: isForChanges ? { from: since, to: startedAt } : null,
    comparedAt: isWhole ? startedAt : null,
    fullLook: isApplied ? 'applied' : mode === 'plan' ? 'planned' : null,
    done: mode,
  }
}

type EndedResync = Parameters<Journal['records']['endResync']>[0]

function countsOf({ pages, listed, queued, denied }: Listing): ListingCounts {
  return { pages, listed, queued, denied }
}

function findAuthority(source: string, installed: readonly Installed[]): Installed {
  const authority = installed.find(({ id, connector }) => id === source && connector.list)
  if (authority) return authority
  const able = installed.flatMap(({ id, connector }) => (connector.list ? [id] : []))
  throw new UsageError({
    what: `${source} cannot be resynced.`,
    why: 'No connector of this name can list its people.',
    fix: able.length > 0 ? `Those that can: ${able.join(', ')}.` : 'Configure one that can, such as okta.',
  })
}

type Pass = ResyncQuestion & { begun: BegunResync; listing: Listing; authority: Installed }

type PagesQuestion = Pick<Pass, 'authority' | 'listing' | 'signal'> & { client: unknown; clock: Clock }

async function* listPages({
  authority,
  client,
  listing: { since, position },
  signal,
  clock,
}: PagesQuestion): AsyncGenerator<ListedPage> {
  const wait = async (seconds: number) => {
    await abortableWait(seconds, signal)
    await takePage(authority, signal)
  }
  const context = {
    ...makeReadContext({ authority, signal, clock }, client),
    wait,
    ...(since === null ? {} : { since }),
    ...(position === null ? {} : { after: position }),
  }
  await takePage(authority, signal)
  const pages = await authority.connector.list?.(context)
  for await (const page of pages ?? []) yield 'people' in page ? page : { people: page }
}

type Choice = { source: string; mode: ListingMode; records: Pick<Journal['records'], 'readKnownStatuses'> }

async function chooseIds(page: readonly PersonState[], { source, mode, records }: Choice): Promise<string[]> {
  const ids = page.map(({ authorityId }) => authorityId)
  if (mode !== 'compare') return ids
  const known = await records.readKnownStatuses({ id: source, authorityIds: ids })
  const differs = ({ authorityId, status }: PersonState) => known.has(authorityId) && known.get(authorityId) !== status
  return page.filter(differs).map(({ authorityId }) => authorityId)
}

function reasonOf(mode: ListingMode): string {
  if (mode === 'compare') return 'listed under another status than was read'
  return mode === 'full' ? 'full resync' : 'changed since the last resync'
}

/** Renews the lease while a listing lasts, also while it waits for a rate limit. */
function keepLease(
  held: BegunResync,
  { journal, leaseSeconds, log }: { journal: Pick<Journal, 'records'>; leaseSeconds: number; log: Log },
): { lost: AbortSignal; release(): void } {
  const controller = new AbortController()
  const renew = async () => {
    const kept = await journal.records.renewResync({ ...held, leaseSeconds }).catch((err) => {
      log.warn({ source: held.id, err }, 'The lease of a resync could not be renewed')
      return true
    })
    if (!kept) controller.abort(new LostResyncError(held.id))
  }
  const timer = setInterval(() => void renew(), (leaseSeconds / 3) * 1000)
  return { lost: controller.signal, release: () => clearInterval(timer) }
}

function toOrder({ operator, reason = null, mode }: ResyncQuestion) {
  const since = mode.kind === 'changed' && mode.since !== null ? { since: mode.since } : {}
  return operator && { operator, reason, facts: { mode: mode.kind, ...since } }
}

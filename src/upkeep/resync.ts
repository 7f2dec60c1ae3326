import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { PersonState } from '../core/person.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import { abortableWait } from '../core/wait.ts'
import type { QueueSync } from '../events/resync-event.ts'
import { type Installed, withClient } from '../host/installed.ts'
import type { BegunResync, Journal } from '../journal/index.ts'

export type ResyncParts = {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  queueSync: QueueSync
  timing: Pick<UpkeepTiming, 'overlapSeconds' | 'leaseSeconds'>
  clock: Clock
  log: Log
}

/**
 * Whom a resync queues.
 * - `changed`: who changed since a time; without one, since the last resync, or else since `fallback`.
 * - `full`: everybody the authority has, and everybody it no longer lists.
 * - `compare`: of those known here, who is no longer listed, or listed under another status than was read last.
 */
export type ResyncMode =
  | { kind: 'changed'; since: string | null; fallback?: string | null }
  | { kind: 'full' }
  | { kind: 'compare' }

export type ResyncProgress = { pages: number; listed: number; queued: number }

export type ResyncResult = ResyncProgress & { since: string | null; startedAt: string }

export type ResyncQuestion = {
  source: string
  mode: ResyncMode
  signal: AbortSignal
  onProgress?: (progress: ResyncProgress) => void
}

/** Null: another process is at it already. */
export type Resync = (question: ResyncQuestion) => Promise<ResyncResult | null>

/**
 * Asks a source's authority who is there, and queues a sync for each: what the hooks did not tell, or told while nobody
 * listened, is found out all the same. It decides nothing itself: each person is read again when their turn comes.
 */
export function makeResync(parts: ResyncParts): Resync {
  const { journal, timing } = parts
  return async (question) => {
    const authority = authorityOf(question.source, parts.installed)
    const begun = await journal.records.beginResync({ id: question.source, leaseSeconds: timing.leaseSeconds })
    if (!begun) return null
    const lease = keepLease(begun, parts)
    const signal = AbortSignal.any([question.signal, lease.lost])
    let covered: { from: string | null; to: string } | null = null
    let comparedAt: string | null = null
    try {
      const since = sinceOf(question.mode, { begun, timing })
      const progress = await withClient(
        authority,
        (client) => listAndQueue({ ...question, signal, since, authority, client }, parts),
        { unlimited: true },
      )
      if (question.mode.kind !== 'compare') covered = { from: since, to: begun.startedAt }
      if (question.mode.kind !== 'changed') comparedAt = begun.startedAt
      return { ...progress, since, startedAt: begun.startedAt }
    } catch (thrown) {
      // Whatever a cut call looks like, the reason is who cut it.
      signal.throwIfAborted()
      throw thrown
    } finally {
      lease.release()
      await journal.records.endResync({ ...begun, covered, comparedAt })
    }
  }
}

function authorityOf(source: string, installed: readonly Installed[]): Installed {
  const authority = installed.find(({ id, connector }) => id === source && connector.list)
  if (authority) return authority
  const able = installed.flatMap(({ id, connector }) => (connector.list ? [id] : []))
  throw new UsageError({
    what: `${source} cannot be resynced.`,
    why: 'No connector of this name can list its people.',
    fix: able.length > 0 ? `Those that can: ${able.join(', ')}.` : 'Configure one that can, such as okta.',
  })
}

type SinceParts = { begun: BegunResync; timing: ResyncParts['timing'] }

function sinceOf(mode: ResyncMode, { begun, timing }: SinceParts): string | null {
  if (mode.kind !== 'changed') return null
  if (mode.since !== null) return mode.since
  const last = begun.resyncedTo ?? mode.fallback
  if (last) return new Date(Date.parse(last) - timing.overlapSeconds * 1000).toISOString()
  throw new UsageError({
    what: `${begun.id} was never resynced.`,
    why: 'So there is no time since when to look for changes.',
    fix: 'Say since when with --since, such as --since 2h, or give --full for everybody.',
  })
}

type Listing = ResyncQuestion & { since: string | null; authority: Installed; client: unknown }

async function listAndQueue(listing: Listing, parts: ResyncParts): Promise<ResyncProgress> {
  const { source, mode, signal, since, authority, client, onProgress } = listing
  const progress: ResyncProgress = { pages: 0, listed: 0, queued: 0 }
  const known = mode.kind === 'changed' ? new Map<string, string>() : await parts.journal.records.knownStatuses(source)
  const queue = async (ids: readonly string[], reason: string) => {
    signal.throwIfAborted()
    const people = ids.map((authorityId) => ({ source, authorityId }))
    progress.queued += await parts.queueSync(people, { reason })
    onProgress?.({ ...progress })
  }
  for await (const page of pagesOf({ authority, client, since, signal }, parts)) {
    progress.pages++
    progress.listed += page.length
    await queue(idsToQueue(page, { mode, known }), reasonOf(mode))
    for (const { authorityId } of page) known.delete(authorityId)
  }
  await queue([...known.keys()], 'known here, but not listed any more')
  return progress
}

type PagesQuestion = Pick<Listing, 'authority' | 'client' | 'since' | 'signal'>

function pagesOf({ authority, client, since, signal }: PagesQuestion, { clock }: ResyncParts) {
  const { config, log, connector } = authority
  const wait = (seconds: number) => abortableWait(seconds, signal)
  const context = { client, config, signal, log, now: clock.now, wait, ...(since === null ? {} : { since }) }
  return resolved(connector.list?.(context))
}

async function* resolved(pages: Promised<AsyncIterable<PersonState[]>>): AsyncGenerator<PersonState[]> {
  const listed = await pages
  if (listed) yield* listed
}

type Promised<T> = T | Promise<T> | undefined

type Choice = { mode: ResyncMode; known: ReadonlyMap<string, string> }

function idsToQueue(page: readonly PersonState[], { mode, known }: Choice): string[] {
  const differs = ({ authorityId, status }: PersonState) => known.has(authorityId) && known.get(authorityId) !== status
  const chosen = mode.kind === 'compare' ? page.filter(differs) : page
  return chosen.map(({ authorityId }) => authorityId)
}

function reasonOf({ kind }: ResyncMode): string {
  if (kind === 'compare') return 'listed under another status than was read'
  return kind === 'full' ? 'full resync' : 'changed since the last resync'
}

/** Renews the lease while a listing lasts, also while it waits for a rate limit. */
function keepLease(held: BegunResync, { journal, timing, log }: ResyncParts) {
  const { leaseSeconds } = timing
  const controller = new AbortController()
  const renew = async () => {
    const kept = await journal.records.renewResync({ ...held, leaseSeconds }).catch((err) => {
      log.warn({ source: held.id, err }, 'The lease of a resync could not be renewed')
      return true
    })
    if (!kept) controller.abort(new Error(`Another process resyncs ${held.id}.`))
  }
  const timer = setInterval(() => void renew(), (leaseSeconds / 3) * 1000)
  return { lost: controller.signal, release: () => clearInterval(timer) }
}

import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { PersonState } from '../core/person.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import { abortableWait } from '../core/wait.ts'
import { noWorkScope, runInBackground, type WorkScope } from '../core/work-scope.ts'
import type { QueueSync } from '../events/resync-event.ts'
import { makeReadContext } from '../host/context.ts'
import { type Installed, withClient } from '../host/installed.ts'
import type { BegunResync, Journal } from '../journal/index.ts'

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

/** `denied`: of those listed, who is denied by the authority. */
export type ResyncProgress = { pages: number; listed: number; queued: number; denied: number }

type ResyncResult = ResyncProgress & { since: string | null; startedAt: string }

type ResyncQuestion = {
  source: string
  mode: ResyncMode
  signal: AbortSignal
  onProgress?: (progress: ResyncProgress) => void
}

/** Null: another process is at it already. */
export type Resync = (question: ResyncQuestion) => Promise<ResyncResult | null>

/**
 * Asks a source's authority who is there, and queues a sync for each: this finds what no hook told, or told while no hub
 * listened. It decides nothing itself: each person is read again when their turn comes.
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

  const listAndQueue = async (listing: Listing, client: unknown): Promise<ResyncProgress> => {
    const { source, mode, signal, since, authority, onProgress } = listing
    const progress: ResyncProgress = { pages: 0, listed: 0, queued: 0, denied: 0 }
    const known =
      mode.kind === 'changed' || mode.kind === 'plan'
        ? new Map<string, string>()
        : await journal.records.readKnownStatuses(source)
    const queue = async (ids: readonly string[], reason: string) => {
      signal.throwIfAborted()
      const people = ids.map((authorityId) => ({ source, authorityId }))
      progress.queued += await queueSync(people, { reason })
      onProgress?.({ ...progress })
    }
    for await (const page of listPages({ authority, client, since, signal, clock })) {
      progress.pages++
      progress.listed += page.length
      progress.denied += page.filter(({ access }) => access === 'deny').length
      if (mode.kind === 'plan') {
        await journal.records.recordListed({ source, states: page })
        onProgress?.({ ...progress })
        continue
      }
      await queue(chooseIds(page, { mode, known }), reasonOf(mode))
      for (const { authorityId } of page) known.delete(authorityId)
    }
    await queue([...known.keys()], 'known here, but not listed any more')
    return progress
  }

  return async (question) => {
    const authority = findAuthority(question.source, installed)
    const begun = await journal.records.beginResync({ id: question.source, leaseSeconds })
    if (!begun) return null
    const lease = keepLease(begun, { journal, leaseSeconds, log })
    const signal = AbortSignal.any([question.signal, lease.lost])
    let covered: { from: string | null; to: string } | null = null
    let comparedAt: string | null = null
    let fullLook: 'planned' | 'applied' | null = null
    try {
      const since = findSince(question.mode, { begun, overlapSeconds })
      const listing = { ...question, signal, since, authority }
      const list = () => withClient(authority, (client) => listAndQueue(listing, client), { unlimited: true })
      const progress = await runInBackground(scope, authority.id, list)
      const { kind } = question.mode
      // With no leaver among those listed there is nothing to carry out.
      if (kind === 'full' || (kind === 'plan' && progress.denied === 0)) fullLook = 'applied'
      else if (kind === 'plan') fullLook = 'planned'
      if (kind === 'changed' || kind === 'full') covered = { from: since, to: begun.startedAt }
      if (kind === 'compare' || kind === 'full') comparedAt = begun.startedAt
      return { ...progress, since, startedAt: begun.startedAt }
    } catch (thrown) {
      // Whatever error a cut call ends with, the reason is what cut it.
      signal.throwIfAborted()
      throw thrown
    } finally {
      lease.release()
      await journal.records.endResync({ ...begun, covered, comparedAt, fullLook })
    }
  }
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

type Listing = ResyncQuestion & { since: string | null; authority: Installed }

type PagesQuestion = Pick<Listing, 'authority' | 'since' | 'signal'> & { client: unknown; clock: Clock }

async function* listPages({ authority, client, since, signal, clock }: PagesQuestion): AsyncGenerator<PersonState[]> {
  const wait = async (seconds: number) => {
    await abortableWait(seconds, signal)
    await waitForRoom(authority, signal)
  }
  const context = {
    ...makeReadContext({ authority, signal, clock }, client),
    wait,
    ...(since === null ? {} : { since }),
  }
  await waitForRoom(authority, signal)
  const pages = await authority.connector.list?.(context)
  if (pages) yield* pages
}

const roomLookSeconds = 0.5

/** A listing is background work: it shares the vendor's budget with verifications, and stops where they do. */
async function waitForRoom({ budget, pulse }: Installed, signal: AbortSignal): Promise<void> {
  while (budget && (budget.room(1) < 1 || pulse.secondsUntilRoom() > 0)) await abortableWait(roomLookSeconds, signal)
}

type Choice = { mode: ResyncMode; known: ReadonlyMap<string, string> }

function chooseIds(page: readonly PersonState[], { mode, known }: Choice): string[] {
  const differs = ({ authorityId, status }: PersonState) => known.has(authorityId) && known.get(authorityId) !== status
  const chosen = mode.kind === 'compare' ? page.filter(differs) : page
  return chosen.map(({ authorityId }) => authorityId)
}

function reasonOf({ kind }: ResyncMode): string {
  if (kind === 'compare') return 'listed under another status than was read'
  return kind === 'full' ? 'full resync' : 'changed since the last resync'
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
    if (!kept) controller.abort(new Error(`Another process resyncs ${held.id}.`))
  }
  const timer = setInterval(() => void renew(), (leaseSeconds / 3) * 1000)
  return { lost: controller.signal, release: () => clearInterval(timer) }
}

import type { Change, Direction, Plan } from '../core/change.ts'
import { findDirection } from '../core/change.ts'
import type { Clock } from '../core/clock.ts'
import { CredentialError, errorMessage } from '../core/errors.ts'
import type { PersonState } from '../core/person.ts'
import { isEndOfGrant } from '../engine/access/end-grant.ts'
import { listChanges, makePlanning } from '../engine/sync/plan.ts'
import { readState } from '../host/authority.ts'
import { type Installed, revokesOnDeny } from '../host/installed.ts'
import type { Journal, KnownPerson } from '../journal/index.ts'
import { laneOfKnown } from './lane-of-known.ts'
import { retryWhenLimited } from './retry-when-limited.ts'

/**
 * Why a change is made: the person's `status` asks for it, a lockout that stands is done anew (`renewal`), an earlier
 * denial still owes it (`owed`), or the denial ends access that was granted through the hub (`grant`).
 */
export type Because = 'status' | 'renewal' | 'owed' | 'grant'

type GoLiveChange = { target: string; action: string; summary: string; because: Because }

/** What enforcing would do now to one person at one connector, or why that cannot be said. */
export type GoLiveRow = {
  person: string
  source: string
  authorityId: string
  login: string | null
  connector: string
  /** The authority's own word, now. */
  status: string | null
  statusChangedAt: string | null
  direction: Direction
  changes: GoLiveChange[]
  conflicts: { target: string; reason: string }[]
  /** On the list of those who are not locked out without an operator. */
  protected: boolean
  /** The brake stopped it earlier, or an operator cancelled it: enforcing alone does not do it. */
  stopped: 'held' | 'cancelled' | null
  error: string | null
}

type PlanNeeds = {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  clock: Clock
  signal: AbortSignal
  /** How often a call is made that a vendor's rate limit refuses. */
  tries?: number
  wait(seconds: number): Promise<void>
}

/** What the authority says of a person now, and what a run would do then at each connector; `error`: why it says nothing. */
export type PlannedNow = { state: PersonState | null; error: string | null; rows: GoLiveRow[] }

/**
 * Makes what reads a person at the authority and plans them at every connector. It writes nothing, not even to the journal.
 * What it makes throws a CredentialError where a vendor refuses the hub, unless `tellRefused`: then the row says so.
 */
export function makePlanNow(
  { journal, installed: all, clock, signal, tries, wait }: PlanNeeds,
  { tellRefused = false }: { tellRefused?: boolean } = {},
): (person: KnownPerson) => Promise<PlannedNow> {
  const { planPerson } = makePlanning({ installed: all, journal, clock })
  const targets = all.filter((installed) => installed.connector.sync || revokesOnDeny(installed))
  const retry = <T>(work: () => Promise<T>) => retryWhenLimited(wait, work, tries)
  const explain = (thrown: unknown) => {
    if (thrown instanceof CredentialError && !tellRefused) throw thrown
    return errorMessage(thrown)
  }

  const planRow = async ({ person, state, installed, authority }: RowQuestion): Promise<GoLiveRow> => {
    const cause = { eventId: 'report', type: 'hub.report', time: state.readAt }
    const subject = { person, state, cause, attempt: 1, idempotencyKey: `report-${person.id}` }
    const about = { connector: installed.id, status: state.status, statusChangedAt: state.statusChangedAt }
    try {
      const plan = await retry(() => planPerson(subject, { installed, authority, signal }))
      return makePlannedRow(plan, { person, state, installed, about })
    } catch (thrown) {
      return makeRow(person, { ...about, error: explain(thrown) })
    }
  }

  return async (person) => {
    const authority = all.find(({ id }) => id === person.source)
    const cannotSay = (error: string) => ({ state: null, error, rows: [makeRow(person, { connector: '', error })] })
    if (!authority) return cannotSay(`${person.source} is not configured here.`)
    try {
      const state = await retry(() => readState({ authority, person, signal, clock }))
      if ('kind' in state) return cannotSay('error' in state ? state.error : state.kind)
      const rows = await Promise.all(targets.map((installed) => planRow({ person, state, installed, authority })))
      return { state, error: null, rows }
    } catch (thrown) {
      return cannotSay(explain(thrown))
    }
  }
}

type RowQuestion = { person: KnownPerson; state: PersonState; installed: Installed; authority: Installed }

type PlannedRow = Omit<RowQuestion, 'authority'> & {
  about: Pick<GoLiveRow, 'connector' | 'status' | 'statusChangedAt'>
}

function makePlannedRow(plan: Plan, { person, state, installed, about }: PlannedRow): GoLiveRow {
  const changes = listChanges(plan, { lane: laneOfKnown(person, installed), installed, state })
  const direction = findDirection(changes)
  const stopped = person.stopped.find((one) => one.connector === installed.id && one.direction === direction)
  return makeRow(person, {
    ...about,
    login: state.logins[0] ?? null,
    direction,
    stopped: stopped?.kind ?? null,
    changes: changes.map((change) => toGoLiveChange(change, plan)),
    conflicts: plan.conflicts ?? [],
  })
}

function toGoLiveChange(change: Change, plan: Plan): GoLiveChange {
  const { target, action, summary } = change
  return { target, action, summary, because: reasonOf(change, plan) }
}

function reasonOf(change: Change, plan: Plan): Because {
  if (isEndOfGrant(change)) return 'grant'
  if (!plan.changes.includes(change)) return 'owed'
  return change.renews ? 'renewal' : 'status'
}

function makeRow(person: KnownPerson, facts: Partial<GoLiveRow> & Pick<GoLiveRow, 'connector'>): GoLiveRow {
  return {
    person: person.id,
    source: person.source,
    authorityId: person.authorityId,
    status: null,
    statusChangedAt: null,
    direction: 'neutral',
    changes: [],
    conflicts: [],
    protected: person.protected,
    stopped: null,
    error: null,
    ...facts,
    login: facts.login ?? loginOf(person),
  }
}

function loginOf({ sightings }: KnownPerson): string | null {
  return sightings.find(({ kind }) => kind === 'login')?.value ?? null
}

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
import { workSideBySide } from './work-side-by-side.ts'

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

export type GoLiveReport = {
  at: string
  /** People asked about; those for whom nothing would be done have no row. */
  people: number
  /** After whom the next page begins; null: nobody is left. */
  next: string | null
  rows: GoLiveRow[]
}

const pageSize = 200

/**
 * Reports who would be locked out or unblocked if the hub enforced now. Every person known is read at the authority and
 * planned anew: a queue, or yesterday's plan, would say what was true then. Beside the plan stands what a run adds to it:
 * debts of earlier denials, and the ends of grants. Reads only, and writes nothing, not even to the journal.
 * @throws CredentialError when a vendor refuses the hub: nothing could be said of any person
 */
export async function reportGoLive({
  journal,
  clock,
  concurrency,
  onProgress,
  after: begin = '',
  most = null,
  ...needs
}: {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  clock: Clock
  signal: AbortSignal
  /** People planned at once: the vendors' limits are shared with the running hub. */
  concurrency: number
  wait(seconds: number): Promise<void>
  onProgress(done: number): void
  /** The page: after which person it begins, and of how many it is; null: of all. */
  after?: string
  most?: number | null
}): Promise<GoLiveReport> {
  const listRows = makeListRows({ journal, clock, ...needs })
  const report: GoLiveReport = { at: clock.now().toISOString(), people: 0, next: null, rows: [] }
  for (let after = begin; ; ) {
    if (report.people === most) return { ...report, next: after }
    const limit = Math.min(pageSize, (most ?? Number.POSITIVE_INFINITY) - report.people)
    const page = await journal.records.listKnownPeople({ after, limit })
    const last = page.at(-1)
    if (!last) return report
    after = last.id
    await workSideBySide(page, concurrency, async (person) => {
      report.rows.push(...(await listRows(person)))
      report.people++
      onProgress(report.people)
    })
  }
}

/** Makes what lists a person's rows: one for each connector at which something would be done. */
function makeListRows({
  journal,
  installed: all,
  clock,
  signal,
  wait,
}: {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  clock: Clock
  signal: AbortSignal
  wait(seconds: number): Promise<void>
}): (person: KnownPerson) => Promise<GoLiveRow[]> {
  const { planPerson } = makePlanning({ installed: all, journal, clock })
  const targets = all.filter((installed) => installed.connector.sync || revokesOnDeny(installed))

  const planRow = async ({ person, state, installed, authority }: RowQuestion): Promise<GoLiveRow> => {
    const cause = { eventId: 'report', type: 'hub.report', time: state.readAt }
    const subject = { person, state, cause, attempt: 1, idempotencyKey: `report-${person.id}` }
    const about = { connector: installed.id, status: state.status, statusChangedAt: state.statusChangedAt }
    try {
      const plan = await retryWhenLimited(wait, () => planPerson(subject, { installed, authority, signal }))
      return makePlannedRow(plan, { person, state, installed, about })
    } catch (thrown) {
      if (thrown instanceof CredentialError) throw thrown
      return makeRow(person, { ...about, error: errorMessage(thrown) })
    }
  }

  return async (person) => {
    const authority = all.find(({ id }) => id === person.source)
    if (!authority) return [makeRow(person, { connector: '', error: `${person.source} is not configured here.` })]
    try {
      const state = await retryWhenLimited(wait, () => readState({ authority, person, signal, clock }))
      if ('kind' in state) {
        return [makeRow(person, { connector: '', error: 'error' in state ? state.error : state.kind })]
      }
      const rows = await Promise.all(targets.map((installed) => planRow({ person, state, installed, authority })))
      return rows.filter(({ changes, conflicts, error }) => changes.length + conflicts.length > 0 || error !== null)
    } catch (thrown) {
      if (thrown instanceof CredentialError) throw thrown
      return [makeRow(person, { connector: '', error: errorMessage(thrown) })]
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

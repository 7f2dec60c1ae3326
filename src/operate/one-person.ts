import type { Actor } from '../core/actor.ts'
import { UsageError } from '../core/errors.ts'
import type {
  ConflictRow,
  GrantRow,
  Journal,
  OwedRow,
  PersonRow,
  ProtectedRow,
  TimelineRow,
  UntouchedAccount,
  VerificationRow,
} from '../journal/index.ts'
import { readActor } from '../sources/index.ts'
import { completeId } from './one-id.ts'
import { judgeStanding, type Standing } from './standing.ts'

export type TimelineEntry = TimelineRow<Actor | null>

/** Everything that the journal knows of one person. */
export type FoundPerson = PersonRow & {
  owed: OwedRow[]
  conflicts: ConflictRow[]
  /** Accounts with an e-mail of theirs that were met after they left, and that nobody touches. */
  untouched: UntouchedAccount[]
  /** What keeps them from being locked out without an operator; null: nothing, or no longer. */
  protection: Pick<ProtectedRow, 'reason' | 'until' | 'by'> | null
  grants: GrantRow[]
  verifications: VerificationRow[]
  /** How they stand at each connector, by what was read back there. */
  standings: Standing[]
  timeline: TimelineEntry[]
  /** The timeline has the latest entries alone: `before` of the older ones. Null: it has all. */
  older: string | null
}

/** Reads everything that the journal knows of a person; with `latest`, so many entries of the timeline at most. */
export async function readPerson(
  { records, access, orders }: Pick<Journal, 'records' | 'access' | 'orders'>,
  person: PersonRow,
  { latest }: { latest?: number } = {},
): Promise<FoundPerson> {
  const { id } = person
  const { entries, older } =
    latest === undefined
      ? { entries: (await records.readTimeline(id)).map(toEntry), older: null }
      : await listTimeline({ records }, { person: id, limit: latest })
  return {
    ...person,
    owed: await records.listOwed({ person: id, open: true }),
    conflicts: await records.listOpenConflicts(id),
    untouched: person.state?.access === 'deny' ? await records.listUntouchedAccounts(id) : [],
    protection: findProtection(person, await orders.listProtected()),
    grants: await access.listGrants({ person: id }),
    verifications: await records.listVerifications(id),
    standings: (await records.readPersonHistories(id)).map(judgeStanding),
    timeline: entries,
    older,
  }
}

type TimelineQuery = { person: string; before?: string | undefined; limit: number }

/** Lists the latest entries of a person's timeline before a moment, the oldest first, and `before` of the older ones. */
export async function listTimeline(
  { records }: Pick<Journal, 'records'>,
  query: TimelineQuery,
): Promise<{ entries: TimelineEntry[]; older: string | null }> {
  const { rows, next } = await records.listTimelinePage(query)
  return { entries: rows.map(toEntry), older: next }
}

function toEntry(row: TimelineRow): TimelineEntry {
  return row.what === 'event' ? { ...row, actor: readActor(row.actor) } : row
}

function findProtection({ source, authorityId }: PersonRow, all: readonly ProtectedRow[]): FoundPerson['protection'] {
  const row = all.find((one) => one.source === source && one.authorityId === authorityId && !one.expired)
  return row ? { reason: row.reason, until: row.until, by: row.by } : null
}

/**
 * Finds the one person known by an e-mail, a login or an id. An e-mail is an observation, not an identity: when it was
 * seen at several people, which of them is meant cannot be guessed.
 * @throws UsageError when no person, or more than one, is known by it
 */
export async function findOnePerson(journal: Pick<Journal, 'records'>, text: string): Promise<PersonRow> {
  const [person, ...others] = await findKnownPeople(journal, text)
  if (!person) throw makeUnknownPersonError(text)
  if (others.length === 0) return person
  const ids = [person, ...others].map(({ source, authorityId, id }) => `${id} (${source} ${authorityId})`)
  throw new UsageError({
    what: `${ids.length} people are known as "${text}".`,
    why: `They are not the same person: ${ids.join(', ')}.`,
    fix: 'Name the one that you mean by its id.',
    code: 'several_found',
  })
}

/** Finds all people known by an e-mail, a login, or an id or its beginning. */
export async function findKnownPeople(journal: Pick<Journal, 'records'>, text: string): Promise<PersonRow[]> {
  return journal.records.findPeople(await completeId(journal, text))
}

/** The refusal of a name that the journal does not know. */
export function makeUnknownPersonError(text: string): UsageError {
  return new UsageError({
    what: `Nobody is known as "${text}".`,
    why: 'The hub knows a person from the first event about them; e-mails it has read at the authority since.',
    fix: "Try another e-mail, the login, or Okta's user id (00u…).",
    code: 'unknown_person',
  })
}

import type { Clock } from '../core/clock.ts'
import { CredentialError, errorMessage, UsageError } from '../core/errors.ts'
import type { PersonState } from '../core/person.ts'
import { dayInZone } from '../core/zone.ts'
import { readState } from '../host/authority.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal, PersonRow } from '../journal/index.ts'
import { type HrLine, readHrFile } from './read-hr-file.ts'
import { headReport, type ReportAsk, type ReportHead } from './report-head.ts'

export const findings = {
  still_active: 'left by the file, and the authority lets them in',
  not_known: 'nobody is known by this',
  several_known: 'several people are known by this, and not all of them are out',
  cannot_tell: 'what the authority says does not tell whether they may come in',
  bad_line: 'the line cannot be read',
  not_due: 'their last day is not over',
  out: 'the authority denies them',
} as const

export type Finding = keyof typeof findings

/** What became of one line of the file. */
export type AgainstRow = HrLine & {
  finding: Finding
  /** The hub's ids of whom it means. */
  people: string[]
  authorityId: string | null
  /** The authority's own word, and when it was read. */
  status: string | null
  readAt: string | null
  detail: string | null
}

export type AgainstReport = { head: ReportHead; rows: AgainstRow[] }

/** How people are read anew at their authority; absent: what the journal has counts. */
export type LiveReading = { installed: readonly Installed[]; clock: Clock; signal: AbortSignal }

type AgainstFile = {
  text: string
  /** Its name, for the head. */
  file: string
  live?: LiveReading | undefined
  /** So many lines at most; absent: however many there are. */
  most?: number
}

/**
 * Compares a file of who left with what the authority says of each, as the journal has it or, live, as it says now. Every
 * line of the file has its row, in the order of the file.
 * @throws UsageError when the text is no such file, or has more lines than these
 */
export async function reportAgainst(
  journal: Pick<Journal, 'records'>,
  { text, file, live, most, ...ask }: ReportAsk & AgainstFile,
): Promise<AgainstReport> {
  const today = dayInZone(ask.now, ask.zone)
  const found: AgainstRow[] = []
  const lines = readHrFile(text)
  if (most !== undefined && lines.length > most) throw refuseLines(lines.length, most)
  for (const line of lines) found.push(await judgeLine(journal, { line, today, live }))
  const filter = { file, live: live !== undefined, today }
  return headReport(journal, { report: 'leavers-against', filter, rows: found, ask })
}

function refuseLines(count: number, most: number): UsageError {
  return new UsageError({
    what: `The file has ${count} lines below its titles.`,
    why: `At most ${most} are compared at a time here.`,
    fix: 'Give it in parts, or to "npm run hub -- report leavers --against".',
  })
}

type Question = { line: HrLine; today: string; live: LiveReading | undefined }

async function judgeLine(journal: Pick<Journal, 'records'>, { line, today, live }: Question): Promise<AgainstRow> {
  const nobody = { ...line, people: [], authorityId: null, status: null, readAt: null, detail: null }
  if (line.problem !== null || line.who === null) return { ...nobody, finding: 'bad_line', detail: line.problem }
  // By the whole word: the beginning of an id of the hub's own is for operators who type it.
  const people = await journal.records.findPeople(line.who)
  const [first] = people
  if (!first) return { ...nobody, finding: 'not_known' }
  const read = await Promise.all(people.map((person) => readNow(person, live)))
  const verdicts = read.map(({ state }) => judgeState(state))
  const [one] = read
  const about = {
    ...line,
    people: people.map(({ id }) => id),
    authorityId: people.length === 1 ? first.authorityId : null,
    status: people.length === 1 ? (one?.state?.status ?? null) : null,
    readAt: people.length === 1 ? (one?.state?.readAt ?? null) : null,
    detail: read.flatMap(({ error }) => error ?? []).join('; ') || null,
  }
  if (verdicts.every((verdict) => verdict === 'out')) return { ...about, finding: 'out' }
  if (line.leftOn !== null && line.leftOn >= today) return { ...about, finding: 'not_due' }
  return { ...about, finding: people.length > 1 ? 'several_known' : (verdicts[0] ?? 'cannot_tell') }
}

function judgeState(state: PersonState | null): Finding {
  if (state?.access === 'deny') return 'out'
  return state?.access === 'allow' ? 'still_active' : 'cannot_tell'
}

type Read = { state: PersonState | null; error: string | null }

async function readNow(person: PersonRow, live: LiveReading | undefined): Promise<Read> {
  if (!live) return { state: person.state, error: person.state === null ? 'never read at the authority' : null }
  const authority = live.installed.find(({ id }) => id === person.source)
  if (!authority) return { state: null, error: `${person.source} is not configured here.` }
  try {
    const state = await readState({ ...live, authority, person })
    if (!('kind' in state)) return { state, error: null }
    return { state: null, error: 'error' in state ? state.error : state.kind }
  } catch (thrown) {
    if (thrown instanceof CredentialError) throw thrown
    return { state: null, error: errorMessage(thrown) }
  }
}

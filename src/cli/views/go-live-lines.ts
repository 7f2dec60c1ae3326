import type { CsvColumn } from '../../core/csv.ts'
import type { GoLiveReport } from '../../operate/go-live.ts'
import type { Because, GoLiveRow } from '../../operate/plan-now.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount } from '../terminal/text.ts'

const words = {
  deny: 'locked out',
  allow: 'unblocked',
  neutral: 'changed',
  owed: 'locked out in full',
  grant: 'without grants',
  renewal: 'locked out anew',
} as const

type View = {
  terminal: Terminal
  /** People whom the brake lets pass in its window; null: it is off. */
  threshold: number | null
}

/** Who would be locked out, unblocked or lose grants, and whom of them the brake would hold. */
export function formatGoLive({ people, rows }: GoLiveReport, { terminal, threshold }: View): string[] {
  const { paint, width } = terminal
  const count = (fits: (row: GoLiveRow) => boolean) =>
    new Set(rows.filter((row) => wouldHappen(row) && fits(row)).map(({ person }) => person)).size
  const sums = [
    `${formatCount(people, 'person', 'people')} asked about: ${count((row) => kindOf(row) === 'deny')} would be locked out, ${count((row) => kindOf(row) === 'allow')} unblocked.`,
    ...formatSum(
      count((row) => isBecause(row, 'grant')),
      'would lose what was granted through the hub',
    ),
    ...formatSum(
      count((row) => isBecause(row, 'owed')),
      'would be locked out in full: something is still owed to an earlier lockout',
    ),
  ]
  if (rows.length === 0) return [...sums, 'Going live would change nothing.']
  const columns: Column<GoLiveRow>[] = [
    { title: 'WHO', cell: ({ login, authorityId }) => login ?? authorityId, shrinksTo: 12 },
    {
      title: 'WOULD BE',
      cell: describeEffect,
      paint: (text, row) => (row.direction === 'deny' ? paint.red(text) : text),
    },
    { title: 'AUTHORITY SAYS', cell: describeStatus, shrinksTo: 8 },
    { title: 'CONNECTOR', cell: ({ connector }) => connector, shrinksTo: 6 },
    { title: 'WHAT', cell: describeChanges, shrinksTo: 20 },
  ]
  const passing = (direction: 'deny' | 'allow') =>
    count((row) => row.direction === direction && kindOf(row) !== 'renewal')
  return [
    ...formatTable(rows, columns, { width, bold: paint.bold }),
    '',
    ...sums,
    ...formatHeldByBrake(passing, threshold),
  ]
}

function formatSum(people: number, what: string): string[] {
  return people > 0 ? [`${formatCount(people, 'person', 'people')} ${what}.`] : []
}

function isBecause({ changes }: GoLiveRow, because: Because): boolean {
  return changes.some((change) => change.because === because)
}

/** The one word for a row with several changes: a person who is locked out loses their grants by that too. */
function kindOf(row: GoLiveRow): keyof typeof words {
  if (row.direction !== 'deny' || isBecause(row, 'status')) return row.direction
  return (['owed', 'grant'] as const).find((because) => isBecause(row, because)) ?? 'renewal'
}

/** False for what the brake or an operator stopped before: a start in enforce mode alone does not do it. */
function wouldHappen(row: GoLiveRow): boolean {
  return row.changes.length > 0 && row.stopped === null && !(row.protected && row.direction === 'deny')
}

function describeEffect(row: GoLiveRow): string {
  if (row.error !== null) return 'not known'
  if (row.changes.length === 0) return 'left alone'
  if (row.stopped !== null) return `${row.stopped} before`
  return row.protected && row.direction === 'deny' ? 'held: protected' : words[kindOf(row)]
}

function describeStatus({ status, statusChangedAt }: GoLiveRow): string {
  return `${status ?? ''}${statusChangedAt ? ` since ${statusChangedAt.slice(0, 10)}` : ''}`
}

function describeChanges({ error, changes, conflicts }: GoLiveRow): string {
  const parts = [
    ...changes.map(({ summary }) => summary),
    ...conflicts.map(({ target, reason }) => `${target} ${reason}`),
  ]
  return error ?? parts.join('; ')
}

/** When more people than the threshold would be changed, the brake holds the rest at the start in enforce mode. */
function formatHeldByBrake(count: (direction: 'deny' | 'allow') => number, threshold: number | null): string[] {
  return (['deny', 'allow'] as const).flatMap((direction) => {
    const more = threshold === null ? 0 : count(direction) - threshold
    if (more <= 0) return []
    const expect = `npm run hub -- brake expect ${more} --direction ${direction} --until 1h --reason "going live"`
    return [`The brake would hold ${more} of those to be ${words[direction]}. If they are right: ${expect}`]
  })
}

/** One column for each fact that an auditor may ask for. */
export const goLiveColumns: CsvColumn<GoLiveRow>[] = [
  { title: 'person', cell: ({ person }) => person },
  { title: 'source', cell: ({ source }) => source },
  { title: 'authority_id', cell: ({ authorityId }) => authorityId },
  { title: 'login', cell: ({ login }) => login },
  { title: 'connector', cell: ({ connector }) => connector },
  { title: 'status', cell: ({ status }) => status },
  { title: 'status_changed_at', cell: ({ statusChangedAt }) => statusChangedAt },
  { title: 'would_be', cell: describeEffect },
  {
    title: 'changes',
    cell: ({ changes }) => changes.map(({ summary, because }) => `${summary} (${because})`).join('; '),
  },
  {
    title: 'conflicts',
    cell: ({ conflicts }) => conflicts.map(({ target, reason }) => `${target} ${reason}`).join('; '),
  },
  { title: 'protected', cell: (row) => String(row.protected) },
  { title: 'stopped', cell: ({ stopped }) => stopped },
  { title: 'error', cell: ({ error }) => error },
]

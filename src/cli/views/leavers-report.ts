import { type Leaver, type LockoutTimes, listLeavers, measureLockouts } from '../../operate/leavers.ts'
import type { Call, CliOptions, Given } from '../cli-command.ts'
import { withJournal } from '../setup/open-journal.ts'
import { type Column, table } from '../terminal/columns.ts'
import { type CsvColumn, csv } from '../terminal/csv.ts'
import { printJson } from '../terminal/print-json.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { lasting, localTime, parseSince } from '../terminal/time-text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

export const leaversOptions: CliOptions = {
  from: { type: 'string', value: '<time>', describe: 'who left at or after this: 30d, or 2026-05-01 (default: 30d)' },
  to: { type: 'string', value: '<time>', describe: 'who left before this (default: now)' },
  csv: { type: 'boolean', describe: 'print CSV, for auditors' },
}

const defaultFrom = '30d'

/** `report leavers`: the evidence of every leaving within a period. */
export async function reportLeavers(call: Call): Promise<boolean> {
  const { options, terminal } = call
  const period = readPeriod(options, new Date())
  return withJournal(call, async (journal) => {
    const rows = await listLeavers(journal, period)
    const times = measureLockouts(rows)
    if (options.csv) terminal.out(csv(rows, csvColumns))
    else if (options.json) printJson(terminal, { ...period, secondsToLockout: times, leavers: rows })
    else if (rows.length === 0) terminal.out('Nobody left in this time.')
    else print({ rows, times }, terminal)
    return true
  })
}

function readPeriod({ from, to, csv: asCsv, json }: Given, now: Date): { from: string; to: string } {
  if (asCsv && json) {
    const fix = 'Leave one of them out.'
    throw new WrongUsage({ what: '--csv and --json are two things.', why: 'Each is a whole answer.', fix })
  }
  const start = readTime('--from', typeof from === 'string' ? from : defaultFrom, now)
  const end = to === undefined ? now : readTime('--to', String(to), now)
  if (start < end) return { from: start.toISOString(), to: end.toISOString() }
  const what = 'The period ends before it begins.'
  throw new WrongUsage({ what, why: '--from is not earlier than --to.', fix: 'Turn them around.' })
}

function readTime(option: string, given: string, now: Date): Date {
  const time = parseSince(given, now)
  if (time) return time
  const fix = 'Write a span such as 30d, or a time such as 2026-05-14T08:30.'
  throw new WrongUsage({ what: `${option} ${given} is no time.`, why: 'The report is about a period.', fix })
}

type Found = { rows: readonly Leaver[]; times: LockoutTimes }

function print({ rows, times }: Found, terminal: Terminal): void {
  const layout = { width: terminal.width, bold: terminal.paint.bold }
  for (const line of table(rows, columnsAt(new Date()), layout)) terminal.out(line)
  const exceptions = rows.filter(({ exception }) => exception !== null)
  if (exceptions.length > 0) terminal.out('')
  for (const row of exceptions) terminal.out(`${nameOf(row)}: ${row.exception}${row.detail ? `, ${row.detail}` : ''}`)
  const seconds = (value: number | null) => (value === null ? '–' : lasting(value * 1000))
  terminal.out(`\n${times.held} of ${times.leavers} locked out.`)
  terminal.out(`Time to lockout: p50 ${seconds(times.p50)}, p95 ${seconds(times.p95)}, p99 ${seconds(times.p99)}.`)
}

function nameOf({ login, authorityId }: Leaver): string {
  return login ?? authorityId
}

function columnsAt(now: Date): Column<Leaver>[] {
  const time = (value: string | null) => (value === null ? '–' : localTime(value, now))
  return [
    { title: 'Person', cell: nameOf, shrinksTo: 16 },
    { title: 'Left', cell: ({ leftAt }) => time(leftAt) },
    { title: 'Known', cell: ({ knownAt }) => time(knownAt), dispensable: true },
    { title: 'Out', cell: ({ heldAt }) => time(heldAt) },
    { title: 'Took', cell: (row) => (row.secondsToLockout === null ? '–' : lasting(row.secondsToLockout * 1000)) },
    { title: 'Sessions', cell: ({ revocation }) => revocation },
    { title: 'Tries', cell: ({ attempts }) => String(attempts), align: 'right', dispensable: true },
    { title: 'Exception', cell: ({ exception }) => exception ?? '' },
  ]
}

const csvColumns: CsvColumn<Leaver>[] = [
  { title: 'person', cell: ({ person }) => person },
  { title: 'source', cell: ({ source }) => source },
  { title: 'authority_id', cell: ({ authorityId }) => authorityId },
  { title: 'login', cell: ({ login }) => login },
  { title: 'connector', cell: ({ connector }) => connector },
  { title: 'status', cell: ({ status }) => status },
  { title: 'left_at', cell: ({ leftAt }) => leftAt },
  { title: 'known_at', cell: ({ knownAt }) => knownAt },
  { title: 'known_by', cell: ({ knownBy }) => knownBy },
  { title: 'held_at', cell: ({ heldAt }) => heldAt },
  { title: 'seconds_to_lockout', cell: ({ secondsToLockout }) => secondsToLockout },
  { title: 'users_locked', cell: ({ users }) => users },
  { title: 'revocation', cell: ({ revocation }) => revocation },
  { title: 'revoked_at', cell: ({ revokedAt }) => revokedAt },
  { title: 'revocation_note', cell: ({ revocationNote }) => revocationNote },
  { title: 'attempts', cell: ({ attempts }) => attempts },
  { title: 'exception', cell: ({ exception }) => exception },
  { title: 'detail', cell: ({ detail }) => detail },
]

import { describeActor } from '../../core/actor.ts'
import type { CsvColumn } from '../../core/csv.ts'
import { dayInZone, formatInZone } from '../../core/zone.ts'
import type { Leaver, LockoutTimes } from '../../operate/leavers.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatDuration } from '../terminal/text.ts'

/** Times are shown as clocks of the zone show them. */
type View = { terminal: Terminal; now: Date; zone: string }
type Leavers = { rows: readonly Leaver[]; times: LockoutTimes }

/** Every leaving in a row, then what was not as it should be, then how long lockouts took. */
export function formatLeavers({ rows, times }: Leavers, { terminal, now, zone }: View): string[] {
  const layout = { width: terminal.width, bold: terminal.paint.bold }
  const exceptions = rows.filter(({ exception }) => exception !== null)
  const seconds = (value: number | null) => (value === null ? '–' : formatDuration(value * 1000))
  return [
    ...formatTable(rows, makeColumns({ now, zone }), layout),
    ...(exceptions.length > 0 ? [''] : []),
    ...exceptions.map((row) => `${nameOf(row)}: ${row.exception}${row.detail ? `, ${row.detail}` : ''}`),
    '',
    `${rows.filter(isShut).length} of ${times.leavers} read back as shut.`,
    `Time to lockout: p50 ${seconds(times.p50)}, p95 ${seconds(times.p95)}, p99 ${seconds(times.p99)}.`,
  ]
}

/** Read back then, and not otherwise since. */
function isShut({ heldAt, exception }: Leaver): boolean {
  return heldAt !== null && exception === null
}

function nameOf({ login, authorityId }: Leaver): string {
  return login ?? authorityId
}

function makeColumns({ now, zone }: Pick<View, 'now' | 'zone'>): Column<Leaver>[] {
  const today = dayInZone(now, zone)
  const time = (value: string | null) => (value === null ? '–' : formatInZone(value, zone).replace(`${today} `, ''))
  return [
    { title: 'Person', cell: nameOf, shrinksTo: 16 },
    { title: 'Left', cell: ({ leftAt }) => time(leftAt) },
    { title: 'Known', cell: ({ knownAt }) => time(knownAt), dispensable: true },
    { title: 'By', cell: ({ actedBy }) => (actedBy ? describeActor(actedBy) : '–'), shrinksTo: 12, dispensable: true },
    { title: 'Shut', cell: ({ heldAt }) => time(heldAt) },
    {
      title: 'Took',
      cell: (row) => (row.secondsToLockout === null ? '–' : formatDuration(row.secondsToLockout * 1000)),
    },
    { title: 'Sessions', cell: ({ revocation }) => revocation },
    { title: 'Tries', cell: ({ attempts }) => String(attempts), align: 'right', dispensable: true },
    { title: 'Exception', cell: ({ exception }) => exception ?? '' },
  ]
}

/** One column for each fact that an auditor may ask for. */
export const leaverColumns: CsvColumn<Leaver>[] = [
  { title: 'person', cell: ({ person }) => person },
  { title: 'source', cell: ({ source }) => source },
  { title: 'authority_id', cell: ({ authorityId }) => authorityId },
  { title: 'login', cell: ({ login }) => login },
  { title: 'connector', cell: ({ connector }) => connector },
  { title: 'status', cell: ({ status }) => status },
  { title: 'left_at', cell: ({ leftAt }) => leftAt },
  { title: 'known_at', cell: ({ knownAt }) => knownAt },
  { title: 'known_by', cell: ({ knownBy }) => knownBy },
  { title: 'acted_by', cell: ({ actedBy }) => (actedBy ? describeActor(actedBy) : null) },
  { title: 'standing', cell: ({ standing }) => standing },
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

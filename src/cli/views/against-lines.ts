import type { CsvColumn } from '../../core/csv.ts'
import { type AgainstRow, type Finding, findings } from '../../operate/leavers-against.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount } from '../terminal/text.ts'

/** Who is as the file says needs no line of their own. */
const asExpected: readonly Finding[] = ['out', 'not_due']

/** The lines of the file that somebody must look at, then how many there are of each kind. */
export function formatAgainst(rows: readonly AgainstRow[], { paint, width }: Terminal): string[] {
  const told = rows.filter(({ finding }) => !asExpected.includes(finding))
  const columns: Column<AgainstRow>[] = [
    { title: 'LINE', cell: ({ line }) => String(line), align: 'right' },
    { title: 'WHO', cell: ({ who }) => who ?? '–', shrinksTo: 16 },
    { title: 'LEFT', cell: ({ leftOn }) => leftOn ?? '–' },
    {
      title: 'FINDING',
      cell: ({ finding }) => finding.replaceAll('_', ' '),
      paint: (text, { finding }) => (finding === 'still_active' ? paint.red(text) : text),
    },
    { title: 'AUTHORITY SAYS', cell: ({ status }) => status ?? '' },
    { title: 'DETAIL', cell: ({ detail, finding }) => detail ?? findings[finding], shrinksTo: 20 },
  ]
  const sums = Object.keys(findings).flatMap((finding) => {
    const count = rows.filter((row) => row.finding === finding).length
    return count > 0 ? [`${count} ${finding.replaceAll('_', ' ')}`] : []
  })
  return [
    ...(told.length > 0 ? [...formatTable(told, columns, { width, bold: paint.bold }), ''] : []),
    `${formatCount(rows.length, 'line')} below the titles${sums.length > 0 ? `: ${sums.join(', ')}` : ''}.`,
  ]
}

/** One column for each fact of a line. */
export const againstColumns: CsvColumn<AgainstRow>[] = [
  { title: 'line', cell: ({ line }) => line },
  { title: 'who', cell: ({ who }) => who },
  { title: 'named_by', cell: ({ by }) => by },
  { title: 'left_on', cell: ({ leftOn }) => leftOn },
  { title: 'finding', cell: ({ finding }) => finding },
  { title: 'people', cell: ({ people }) => people.join(' ') },
  { title: 'authority_id', cell: ({ authorityId }) => authorityId },
  { title: 'status', cell: ({ status }) => status },
  { title: 'read_at', cell: ({ readAt }) => readAt },
  { title: 'detail', cell: ({ detail }) => detail },
]

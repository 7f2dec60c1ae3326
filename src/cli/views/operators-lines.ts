import type { CsvColumn } from '../../core/csv.ts'
import { formatInZone } from '../../core/zone.ts'
import type { OperatorRow } from '../../operate/operators.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Who could order, and what they did. */
export function formatOperators(
  rows: readonly OperatorRow[],
  { terminal: { paint, width }, zone }: { terminal: Terminal; zone: string },
): string[] {
  if (rows.length === 0) return ['Nobody had a token, and nobody ordered anything.']
  const time = (value: string | null) => (value === null ? '–' : formatInZone(value, zone).slice(0, -':00'.length))
  const columns: Column<OperatorRow>[] = [
    { title: 'WHO', cell: ({ owner, account }) => owner ?? account, shrinksTo: 12 },
    {
      title: 'BY',
      cell: ({ kind, way, name }) => (name === null ? `${kind}, ${way}` : `${kind} ${name}`),
      shrinksTo: 10,
    },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'MADE', cell: ({ madeAt }) => time(madeAt), dispensable: true },
    { title: 'LAST USED', cell: ({ lastUsedAt, lastActAt }) => time(lastUsedAt ?? lastActAt) },
    { title: 'ENDS', cell: ({ endedAt, endsAt }) => (endedAt === null ? time(endsAt) : `ended ${time(endedAt)}`) },
    { title: 'DID', cell: describeActs, shrinksTo: 16 },
  ]
  return formatTable(rows, columns, { width, bold: paint.bold })
}

function describeActs({ acts, refusals }: OperatorRow): string {
  const done = acts.map(({ act, count }) => `${act} ${count}`)
  return [...done, ...(refusals > 0 ? [`refused ${refusals}`] : [])].join(', ')
}

/** One column for each fact that an auditor may ask for. */
export const operatorColumns: CsvColumn<OperatorRow>[] = [
  { title: 'kind', cell: ({ kind }) => kind },
  { title: 'id', cell: ({ id }) => id },
  { title: 'account', cell: ({ account }) => account },
  { title: 'owner', cell: ({ owner }) => owner },
  { title: 'name', cell: ({ name }) => name },
  { title: 'role', cell: ({ role }) => role },
  { title: 'person', cell: ({ person }) => person },
  { title: 'way', cell: ({ way }) => way },
  { title: 'made_by', cell: ({ madeBy }) => madeBy },
  { title: 'made_at', cell: ({ madeAt }) => madeAt },
  { title: 'last_used_at', cell: ({ lastUsedAt }) => lastUsedAt },
  { title: 'ends_at', cell: ({ endsAt }) => endsAt },
  { title: 'ended_at', cell: ({ endedAt }) => endedAt },
  { title: 'ended_by', cell: ({ endedBy }) => endedBy },
  { title: 'acts', cell: ({ acts }) => acts.map(({ act, count }) => `${act} ${count}`).join('; ') },
  { title: 'refusals', cell: ({ refusals }) => refusals },
  { title: 'last_act_at', cell: ({ lastActAt }) => lastActAt },
]

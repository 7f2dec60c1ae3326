import type { AuditRow } from '../../journal/index.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatLocalTime } from '../terminal/text.ts'

/** A list is read in pipes and tickets too: it is no wider than this, whatever the terminal bears. */
const widest = 120

/** What is on record, in a table. */
export function formatAudit(
  rows: readonly AuditRow[],
  { terminal: { paint, width }, now }: { terminal: Terminal; now: Date },
): string[] {
  const columns: Column<AuditRow>[] = [
    { title: 'NUMBER', cell: ({ number }) => (number === null ? '' : String(number)), align: 'right' },
    { title: 'AT', cell: ({ at }) => formatLocalTime(at, now) },
    { title: 'ACT', cell: ({ act }) => act },
    { title: 'BY', cell: describeActor, shrinksTo: 12 },
    { title: 'WHY', cell: describeWords, shrinksTo: 12 },
    { title: 'ABOUT', cell: ({ targets }) => targets.join(' '), shrinksTo: 12 },
  ]
  return formatTable(rows, columns, { width: Math.min(width, widest), bold: paint.bold })
}

/** A name that was given stands before the one that the surface vouches for: `ann (root, cli)`. */
function describeActor({ actor, by, way }: AuditRow): string {
  if (way === 'hub') return 'the hub'
  return by === actor ? `${by} (${way})` : `${by} (${actor}, ${way})`
}

function describeWords({ words, reason, facts }: AuditRow): string {
  if (words === 'erased') return '(erased)'
  if (words === 'changed') return '(not the words that were recorded)'
  return reason ?? (typeof facts.code === 'string' ? facts.code : '')
}

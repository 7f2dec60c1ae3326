import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryRow } from '../../journal/index.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatLocalTime, formatRelativeTime } from '../terminal/text.ts'
import { statusWords } from './status-words.ts'

/** Deliveries as a table, and below it what the statuses in it mean. */
export function formatDeliveries(rows: readonly DeliveryRow[], { terminal, now }: { terminal: Terminal; now: Date }) {
  const { paint, width } = terminal
  const columns: Column<DeliveryRow>[] = [
    { title: 'DELIVERY', cell: ({ id }) => id },
    {
      title: 'STATUS',
      cell: ({ status }) => status,
      paint: (text, { status }) => paint[statusWords[status].colour](text),
    },
    { title: 'WHEN', cell: ({ createdAt }) => formatLocalTime(createdAt, now) },
    { title: 'WHO', cell: whoOf, shrinksTo: 12 },
    { title: 'CONNECTOR', cell: ({ connector }) => connector, dispensable: true },
    { title: 'KIND', cell: ({ kind }) => kind, dispensable: true },
    { title: 'TRIES', cell: ({ attempts }) => String(attempts), align: 'right', dispensable: true },
    { title: 'NEXT', cell: (row) => nextOf(row, now) },
    { title: 'EVENT', cell: ({ eventType }) => eventType, shrinksTo: 16, dispensable: true },
    {
      title: 'LAST ERROR',
      cell: ({ lastError }) => lastError ?? '',
      shrinksTo: 16,
      dispensable: true,
      paint: paint.dim,
    },
  ]
  return [...formatTable(rows, columns, { width, bold: paint.bold }), '', ...formatLegend(rows, terminal)]
}

/** Whom a delivery is about, in the words that tell an operator most. */
export function whoOf({ login, authorityId, email }: Pick<DeliveryRow, 'login' | 'authorityId' | 'email'>): string {
  return login ?? authorityId ?? email ?? '-'
}

function nextOf({ nextAttemptAt, status, collapsedInto }: DeliveryRow, now: Date): string {
  if (status === 'running') return 'taken'
  // The run of a newer delivery of this person stands for this one too.
  if (status === 'pending' && collapsedInto !== null) return 'with newer'
  if (nextAttemptAt === null) return '-'
  return new Date(nextAttemptAt) <= now ? 'due' : formatRelativeTime(nextAttemptAt, now)
}

function formatLegend(rows: readonly DeliveryRow[], { paint }: Terminal): string[] {
  const present = new Set<DeliveryStatus>(rows.map(({ status }) => status))
  const longest = Math.max(0, ...[...present].map((status) => status.length))
  return [...present].map(
    (status) => `${paint[statusWords[status].colour](status.padEnd(longest))}  ${statusWords[status].meaning}`,
  )
}

import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryRow } from '../../journal/index.ts'
import type { ListedDelivery } from '../../operate/deliveries.ts'
import { type Column, cutText, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatRelativeTime, formatShortTime, toPlainText } from '../terminal/text.ts'
import { statusWords } from './status-words.ts'

type TableRow = DeliveryRow & Partial<Pick<ListedDelivery, 'run'>>

type View = { terminal: Terminal; now: Date }

/** A list is read in pipes, logs and tickets too: it is no wider than this, whatever the terminal bears. */
const widest = 100

/** Enough of an id to tell it from any other: its time, and 30 bits of chance. All commands take it. */
const idLength = 20

/** Deliveries as a table, and below it what the statuses in it mean. */
export function formatDeliveries(rows: readonly TableRow[], view: View): string[] {
  const [head = '', ...body] = formatTable(rows, columnsAt(view), layoutOf(view))
  return [head, ...withErrors(rows, { body, view }), '', ...formatLegend(rows, view.terminal)]
}

/** The same rows without a title and an explanation, for a list that goes on. */
export function formatDeliveryRows(rows: readonly TableRow[], view: View): string[] {
  const [, ...body] = formatTable(rows, columnsAt(view), layoutOf(view))
  return withErrors(rows, { body, view })
}

function layoutOf({ terminal }: View) {
  return { width: Math.min(terminal.width, widest), bold: terminal.paint.bold }
}

/** Below each that did not end well stands why. */
function withErrors(rows: readonly TableRow[], { body, view }: { body: readonly string[]; view: View }): string[] {
  const { width } = layoutOf(view)
  return rows.flatMap(({ lastError, status }, i) => {
    const line = body[i] ?? ''
    if (lastError === null || status === 'succeeded') return [line]
    return [line, view.terminal.paint.dim(cutText(`  ${toPlainText(lastError)}`, width))]
  })
}

function columnsAt({ terminal: { paint }, now }: View): Column<TableRow>[] {
  return [
    { title: 'DELIVERY', cell: ({ id }) => id.slice(0, idLength) },
    {
      title: 'STATUS',
      cell: ({ status }) => status,
      paint: (text, { status }) => paint[statusWords[status].colour](text),
    },
    { title: 'WHEN', cell: ({ createdAt }) => formatShortTime(createdAt, now) },
    { title: 'WHO', cell: whoOf, shrinksTo: 10 },
    { title: 'TO', cell: ({ connector }) => connector, shrinksTo: 5 },
    { title: 'NEXT', cell: (row) => nextOf(row, now) },
    { title: 'EVENT', cell: ({ eventType }) => eventType, shrinksTo: 15, keepsEnd: true, dispensable: true },
    { title: 'TRIES', cell: triesOf, align: 'right', dispensable: true },
  ]
}

/** Whom a delivery is about, in the words that tell an operator most. */
export function whoOf({ login, authorityId, email }: Pick<DeliveryRow, 'login' | 'authorityId' | 'email'>): string {
  return login ?? authorityId ?? email ?? '-'
}

/** Of a collapsed one, the tries of the run that stands for it. */
function triesOf({ attempts, run }: TableRow): string {
  return String(run?.attempts ?? attempts)
}

/** When something happens to it: its next try, or, when it is settled, another look at what was done. */
function nextOf({ nextAttemptAt, status, collapsedInto, run }: TableRow, now: Date): string {
  if (status === 'running') return 'taken'
  const isSettled = status !== 'pending' && status !== 'uncertain'
  if (collapsedInto !== null && isSettled) return '-'
  const at = collapsedInto === null ? nextAttemptAt : (run?.nextAttemptAt ?? null)
  if (at === null) return '-'
  if (isSettled) return new Date(at) <= now ? 'look due' : `look ${formatRelativeTime(at, now).replace('in ', '')}`
  return new Date(at) <= now ? 'due' : formatRelativeTime(at, now)
}

function formatLegend(rows: readonly DeliveryRow[], { paint }: Terminal): string[] {
  const present = new Set<DeliveryStatus>(rows.map(({ status }) => status))
  const longest = Math.max(0, ...[...present].map((status) => status.length))
  return [...present].map(
    (status) => `${paint[statusWords[status].colour](status.padEnd(longest))}  ${statusWords[status].meaning}`,
  )
}

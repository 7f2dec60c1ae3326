import type { OrderKind } from '../../core/audit.ts'
import type { OrderRow } from '../../journal/index.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount, formatLocalTime, toPlainText } from '../terminal/text.ts'

/** What was ordered, in a few words: `brake release`, `auth0 adopt auth0|1`. */
export function describeOrder({ kind, facts }: Pick<OrderRow, 'kind' | 'facts'>): string {
  const { connector, target } = facts
  if (kind === 'adopt') return `${String(connector)} adopt ${String(target)}`
  return isOfBrake(kind) ? `brake ${kind}` : kind
}

/** Who ordered it, and why. */
export function formatSpeaker({ by, reason }: Pick<OrderRow, 'by' | 'reason'>): string {
  return `${by}: ${reason ?? 'no reason given'}`
}

function isOfBrake(kind: OrderKind): boolean {
  return kind === 'release' || kind === 'cancel' || kind === 'expect'
}

/** Orders in lines: when, what, who and why. */
export function formatOrderLines(orders: readonly OrderRow[], now: Date): string[] {
  return orders.map(
    (order) => `  ${formatLocalTime(order.at, now)}  ${describeOrder(order)} by ${toPlainText(formatSpeaker(order))}`,
  )
}

/** Orders in a table, with how many ids each is about. */
export function formatOrders(
  orders: readonly OrderRow[],
  { terminal, now }: { terminal: Terminal; now: Date },
): string[] {
  const { paint, width } = terminal
  const columns: Column<OrderRow>[] = [
    { title: 'ORDERED', cell: ({ at }) => formatLocalTime(at, now) },
    { title: 'WHAT', cell: describeOrder },
    { title: 'BY', cell: ({ by }) => by },
    { title: 'REASON', cell: ({ reason }) => reason ?? 'no reason given', shrinksTo: 12 },
    { title: 'ABOUT', cell: formatAbout, shrinksTo: 12 },
  ]
  return formatTable(orders, columns, { width, bold: paint.bold })
}

function formatAbout({ about, facts }: OrderRow): string {
  if (typeof facts.people === 'number') return formatCount(facts.people, 'person', 'people')
  return about[0] ?? ''
}

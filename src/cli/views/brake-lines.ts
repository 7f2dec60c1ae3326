import { describeActor } from '../../core/actor.ts'
import type { BrakeLimits } from '../../core/policy.ts'
import type { BrakeGauge, BrakeStatus, OrderRow } from '../../journal/index.ts'
import type { Held } from '../../operate/brake-orders.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount, formatLocalTime, formatTime } from '../terminal/text.ts'
import { formatOrders } from './order-lines.ts'

type Facts = { limits: BrakeLimits; status: BrakeStatus; holds: readonly Held[]; orders: readonly OrderRow[] }
type View = { terminal: Terminal; now: Date }

/** What is to be done to somebody: who was let through, or is held, is not there yet. */
const words = { deny: 'locked out', allow: 'unblocked' } as const

/** How near the brake is to its threshold in each direction, and which people it holds. */
export function formatBrake({ limits, status, holds, orders }: Facts, view: View): string[] {
  const { paint } = view.terminal
  const waiting = holds.filter(({ order }) => order === null)
  const decided = holds.filter(({ order }) => order !== null)
  const gauges = status.gauges.flatMap((gauge) => formatGauge(gauge, { limits, status, view }))
  return [
    ...(limits.people === 0 ? [paint.yellow('The brake is off: HUB_BRAKE_PEOPLE is 0.')] : gauges),
    '',
    ...(waiting.length === 0 ? ['Nobody is held.'] : formatHeld(waiting, view)),
    ...(decided.length === 0
      ? []
      : ['', paint.bold('Decided by an operator, not done yet'), ...formatDecided(decided, view)]),
    ...(orders.length === 0 ? [] : ['', paint.bold('What operators ordered lately'), ...formatOrders(orders, view)]),
  ]
}

type GaugeView = { limits: BrakeLimits; status: BrakeStatus; view: View }

function formatGauge(
  { direction, counted: count, expected }: BrakeGauge,
  { limits, status, view }: GaugeView,
): string[] {
  const line = `${formatCount(count, 'person', 'people')} let through to be ${words[direction]} in the last ${limits.minutes} minutes, of ${status.threshold} at most`
  const { paint } = view.terminal
  const full = count >= status.threshold
  if (!expected) return [full ? paint.red(line) : line]
  const wave = `  expected: ${expected.people} more until ${formatTime(expected.until, view.now)}, of whom ${expected.came} came (${expected.by}: ${expected.reason})`
  return [full ? paint.red(line) : line, wave]
}

function actorOf({ actor }: Held): string {
  return actor === null ? '-' : describeActor(actor)
}

const who: Column<Held> = { title: 'WHO', cell: ({ login, authorityId }) => login ?? authorityId, shrinksTo: 12 }

function formatHeld(holds: readonly Held[], { terminal, now }: View): string[] {
  const { paint, width } = terminal
  const columns: Column<Held>[] = [
    { title: 'HELD', cell: ({ heldAt }) => formatLocalTime(heldAt, now) },
    who,
    { title: 'WHY', cell: ({ why }) => why, paint: (text) => paint.yellow(text) },
    { title: 'WOULD BE', cell: ({ direction }) => words[direction] },
    { title: 'AUTHORITY SAYS', cell: ({ status }) => status ?? 'nothing yet', shrinksTo: 8 },
    { title: 'CONNECTOR', cell: ({ connector }) => connector, shrinksTo: 6 },
    { title: 'DELIVERY', cell: ({ delivery }) => delivery ?? '-' },
    { title: 'DONE THERE BY', cell: actorOf, shrinksTo: 8, dispensable: true },
  ]
  const next = 'npm run hub -- brake release <who> --reason "…", or cancel; --all instead of <who> for everybody.'
  return [...formatTable(holds, columns, { width, bold: paint.bold }), '', next]
}

function formatDecided(holds: readonly Held[], { terminal, now }: View): string[] {
  const { paint, width } = terminal
  const columns: Column<Held>[] = [
    who,
    { title: 'SAID', cell: ({ order }) => (order?.kind === 'cancel' ? 'cancelled' : 'released') },
    { title: 'WHEN', cell: ({ order }) => (order ? formatLocalTime(order.at, now) : '') },
    { title: 'BY', cell: ({ order }) => order?.by ?? '' },
    { title: 'REASON', cell: ({ order }) => order?.reason ?? '', shrinksTo: 12 },
    { title: 'AUTHORITY SAYS', cell: ({ status }) => status ?? 'nothing yet', shrinksTo: 8 },
  ]
  return formatTable(holds, columns, { width, bold: paint.bold })
}

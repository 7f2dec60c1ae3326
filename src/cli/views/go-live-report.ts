import { setTimeout as sleep } from 'node:timers/promises'
import { connectors } from '../../../connectors/index.ts'
import { systemClock } from '../../core/clock.ts'
import { policyOf } from '../../core/hub-settings.ts'
import { silentLog } from '../../core/log.ts'
import { install } from '../../host/installed.ts'
import { requireConfiguration } from '../../node/config/configuration.ts'
import { makeOutboundGuard } from '../../node/outbound-guard.ts'
import { type Because, type GoLiveReport, type GoLiveRow, reportGoLive } from '../../operate/go-live.ts'
import { makeOutbound } from '../../outbound/outbound.ts'
import type { Call, CliOptions } from '../cli-command.ts'
import { withJournal } from '../setup/open-journal.ts'
import { type Column, table } from '../terminal/columns.ts'
import { counted } from '../terminal/counted.ts'
import { wholeNumber } from '../terminal/numbers.ts'
import { printJson } from '../terminal/print-json.ts'
import { progress } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const goLiveOptions: CliOptions = {
  concurrency: {
    type: 'string',
    value: '<n>',
    describe: "go-live: people asked about at once, 1 to 32; the vendors' limits are shared with the hub (default: 4)",
  },
}

/**
 * Plans everybody whom the hub has heard of anew, and says what enforcing would do; after a resync that is everybody at
 * the authority. False when it cannot speak of somebody.
 */
export async function reportGoLiveNow(call: Call): Promise<boolean> {
  const concurrency = wholeNumber(call.options.concurrency, {
    option: '--concurrency',
    fallback: 4,
    least: 1,
    most: 32,
  })
  const { terminal, options, environment } = call
  const configuration = requireConfiguration(environment, connectors)
  const timeoutSeconds = configuration.hub.HUB_OUTBOUND_SECONDS
  const guard = makeOutboundGuard({ allow: configuration.hub.HUB_OUTBOUND_ALLOW })
  const outboundOf = makeOutbound({ timeoutSeconds, clock: systemClock, guard })
  const installed = configuration.connectors.map((one) =>
    install(one, { outbound: outboundOf(one.config), log: silentLog }),
  )
  return withJournal(call, async (journal) => {
    const bar = progress(terminal, { label: 'Planning', total: await journal.records.countEverybody() })
    const report = await reportGoLive({
      journal,
      installed,
      clock: systemClock,
      signal: new AbortController().signal,
      concurrency,
      wait: (seconds) => sleep(seconds * 1000),
      onProgress: () => bar.advance(),
    }).finally(bar.end)
    const { threshold } = await journal.orders.brakeStatus(policyOf(configuration.hub).brake)
    const { people: brakePeople } = policyOf(configuration.hub).brake
    if (options.json) printJson(terminal, report)
    else
      for (const line of lines(report, { terminal, threshold: brakePeople === 0 ? null : threshold }))
        terminal.out(line)
    return report.rows.every(({ error, conflicts }) => error === null && conflicts.length === 0)
  })
}

const words = {
  deny: 'locked out',
  allow: 'opened',
  neutral: 'changed',
  owed: 'locked out in full',
  grant: 'without grants',
  renewal: 'locked out anew',
} as const

type View = { terminal: Terminal; threshold: number | null }

function lines({ people, rows }: GoLiveReport, { terminal, threshold }: View): string[] {
  const { paint, width } = terminal
  const count = (fits: (row: GoLiveRow) => boolean) =>
    new Set(rows.filter((row) => wouldHappen(row) && fits(row)).map(({ person }) => person)).size
  const sums = [
    `${counted(people, 'person', 'people')} asked about: ${count((row) => kindOf(row) === 'deny')} would be locked out, ${count((row) => kindOf(row) === 'allow')} opened.`,
    ...also(
      count((row) => has(row, 'grant')),
      'would lose what was granted through the hub',
    ),
    ...also(
      count((row) => has(row, 'owed')),
      'would be locked out in full: something is still owed to an earlier lockout',
    ),
  ]
  if (rows.length === 0) return [...sums, 'Going live would change nothing.']
  const columns: Column<GoLiveRow>[] = [
    { title: 'WHO', cell: ({ login, authorityId }) => login ?? authorityId, shrinksTo: 12 },
    { title: 'WOULD BE', cell: wouldBe, paint: (text, row) => (row.direction === 'deny' ? paint.red(text) : text) },
    { title: 'AUTHORITY SAYS', cell: said, shrinksTo: 8 },
    { title: 'CONNECTOR', cell: ({ connector }) => connector, shrinksTo: 6 },
    { title: 'WHAT', cell: what, shrinksTo: 20 },
  ]
  const passing = (direction: 'deny' | 'allow') =>
    count((row) => row.direction === direction && kindOf(row) !== 'renewal')
  return [...table(rows, columns, { width, bold: paint.bold }), '', ...sums, ...beyond(passing, threshold)]
}

function also(people: number, what: string): string[] {
  return people > 0 ? [`${counted(people, 'person', 'people')} ${what}.`] : []
}

function has({ changes }: GoLiveRow, because: Because): boolean {
  return changes.some((change) => change.because === because)
}

/** What stands out in a row: whoever is locked out loses their grants on the way. */
function kindOf(row: GoLiveRow): keyof typeof words {
  if (row.direction !== 'deny' || has(row, 'status')) return row.direction
  return (['owed', 'grant'] as const).find((because) => has(row, because)) ?? 'renewal'
}

/** What the brake or an operator has stopped before, enforcing alone does not do. */
function wouldHappen(row: GoLiveRow): boolean {
  return row.changes.length > 0 && row.stopped === null && !(row.protected && row.direction === 'deny')
}

function wouldBe(row: GoLiveRow): string {
  if (row.error !== null) return 'not known'
  if (row.changes.length === 0) return 'left alone'
  if (row.stopped !== null) return `${row.stopped} before`
  return row.protected && row.direction === 'deny' ? 'held: protected' : words[kindOf(row)]
}

function said({ status, statusChangedAt }: GoLiveRow): string {
  return `${status ?? ''}${statusChangedAt ? ` since ${statusChangedAt.slice(0, 10)}` : ''}`
}

function what({ error, changes, conflicts }: GoLiveRow): string {
  const parts = [
    ...changes.map(({ summary }) => summary),
    ...conflicts.map(({ target, reason }) => `${target} ${reason}`),
  ]
  return error ?? parts.join('; ')
}

/** Whoever switches to enforce with more than that would find the rest held. */
function beyond(count: (direction: 'deny' | 'allow') => number, threshold: number | null): string[] {
  return (['deny', 'allow'] as const).flatMap((direction) => {
    const more = threshold === null ? 0 : count(direction) - threshold
    if (more <= 0) return []
    const expect = `npm run hub -- brake expect ${more} --direction ${direction} --until 1h --reason "going live"`
    return [`The brake would hold ${more} of those to be ${words[direction]}. If they are right: ${expect}`]
  })
}

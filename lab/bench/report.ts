import type { Bulkheads } from './bulkheads.ts'
import type { DrainCost } from './drain.ts'
import type { DrainAnswer } from './drain-worker.ts'
import type { Growth } from './growth.ts'
import type { Inline } from './inline.ts'
import type { CallCount, Lockout } from './lockout.ts'
import type { Throughput } from './throughput.ts'

const titles = {
  echo: 'echo: Hono, zod, no journal',
  single: 'hub, one transaction a request',
  hub: 'hub',
  singleRouted: 'hub, one transaction a request, sync delivery',
  hubRouted: 'hub, sync delivery',
  hubDrained: 'hub, sync delivery, drain at work',
} as const

export function listThroughputTables({ rates, ratios, lone }: Throughput): Table[] {
  return [
    {
      title: 'Acknowledged events at 64 concurrent requests (medians of the rounds)',
      head: ['', 'events/s', 'p50 ms', 'p99 ms', 'CPU µs/event', 'refused'],
      rows: rates.map(({ name, perSecond, p50Ms, p99Ms, processorUs, refused }) => [
        titles[name],
        perSecond.toFixed(0),
        p50Ms.toFixed(1),
        p99Ms.toFixed(1),
        Number.isFinite(processorUs) ? processorUs.toFixed(0) : '',
        String(refused),
      ]),
    },
    {
      title: 'Ratios (median, lowest and highest of the rounds)',
      head: ['', 'ratio', 'lowest', 'highest', 'aim'],
      rows: ratios.map(({ of, to, ratio, lowest, highest, aim }) => [
        `${titles[of]} / ${titles[to]}`,
        ratio.toFixed(2),
        lowest.toFixed(2),
        highest.toFixed(2),
        aim === null ? '' : `≥ ${aim}`,
      ]),
    },
    {
      title: 'A request all alone',
      head: ['', 'p50 ms'],
      rows: [
        ['with group commit', lone.groupP50Ms.toFixed(2)],
        ['without', lone.singleP50Ms.toFixed(2)],
        ['ratio', lone.ratio.toFixed(2)],
      ],
    },
  ]
}

export function listInlineTables({ echoPerSecond, askPerSecond, ratio, refused, steady }: Inline): Table[] {
  return [
    {
      title: 'Inline validate with a trivial handler, journaled, at 64 concurrent',
      head: ['', 'value', 'aim'],
      rows: [
        ['echo: Hono, zod, no journal, answers/s', echoPerSecond.toFixed(0), ''],
        ['hub, answers/s', askPerSecond.toFixed(0), ''],
        [
          'hub / echo (lowest to highest of the rounds)',
          `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`,
          '≥ 0.33',
        ],
        ['refused', String(refused), '0'],
        [`at ${steady.perSecond} a second: p50 ms`, steady.p50Ms.toFixed(1), ''],
        [`at ${steady.perSecond} a second: p99 ms`, steady.p99Ms.toFixed(1), '< 40'],
      ],
    },
  ]
}

export function listLockoutTables(lockout: Lockout): Table[] {
  const { hooksPerSecond, people, notWritten, overheadMs, wholeMs, acknowledgedMs, processorMs, calls } = lockout
  const line = (name: string, { p50, p99, max }: typeof overheadMs, aim = '') => [
    name,
    p50.toFixed(1),
    p99.toFixed(1),
    max.toFixed(1),
    aim,
  ]
  return [
    {
      title: `From hook to Auth0, ${people} people at ${hooksPerSecond} hooks/s (${notWritten} not written)`,
      head: ['', 'p50 ms', 'p99 ms', 'max ms', 'aim'],
      rows: [
        line('hook acknowledged', acknowledgedMs),
        line('hook to PATCH', wholeMs),
        line('hook to PATCH, without the vendors’ time', overheadMs, 'p50 < 10, p99 < 50'),
      ],
    },
    {
      title: 'Processor time of a lockout, by the process',
      head: ['', 'ms', 'aim'],
      rows: [
        ['hub', processorMs.hub.toFixed(1), '≤ 4'],
        ['PostgreSQL', processorMs.database.toFixed(1), '≤ 1'],
      ],
    },
    callTable('Vendor calls for a deactivation: one Auth0 user', calls.one),
    callTable('Vendor calls for a deactivation: a second Auth0 user, known by e-mail alone', calls.two),
  ]
}

export function listBulkheadTables({ situations }: Bulkheads): Table[] {
  return [
    {
      title: 'From hook to the PATCH answered, while others wait',
      head: ['', 'open', 'then', 'lockouts', 'not held', 'p50 ms', 'max ms', 'Auth0 p50 ms', 'aim'],
      rows: situations.map(({ name, openBefore, openAfter, lockouts, notHeld, heldMs, auth0Ms }) => [
        name,
        ...[openBefore, openAfter, lockouts, notHeld].map(String),
        heldMs.p50.toFixed(0),
        heldMs.max.toFixed(0),
        auth0Ms.p50.toFixed(0),
        'max < 2000',
      ]),
    },
  ]
}

export function listGrowthTables({ rows, people, phases }: Growth): Table[] {
  const size = `${rows.toLocaleString('en-US')} deliveries of ${people.toLocaleString('en-US')} people`
  return (['loaded', 'analyzed'] as const).map((phase) => ({
    title: `${size} against an empty journal, ${phase === 'loaded' ? 'never analyzed' : 'analyzed'}`,
    head: ['', 'unit', 'empty', 'grown', 'ratio', 'aim'],
    rows: phases[phase].map(({ name, unit, empty, grown, ratio }) => [
      name,
      unit,
      empty.toFixed(1),
      grown.toFixed(1),
      ratio.toFixed(2),
      aimOf(unit),
    ]),
  }))
}

/** What the log and the pages are tells why, and has no aim of its own. */
function aimOf(unit: string): string {
  if (unit === '1/s') return '≥ 0.83'
  return unit === 'ms' || unit === 'µs' ? '≤ 1.2' : ''
}

/** What a settled delivery costs; the same work done by other queues; what a SIGKILL led to. */
export function listDrainTables({ unchanged, changed, peers, afterKill }: DrainCost): Table[] {
  const row = (name: string, answer: DrainAnswer) => [
    name,
    answer.perSecond.toFixed(0),
    answer.hubUs.toFixed(0),
    answer.databaseUs.toFixed(0),
    answer.roundTrips.toFixed(1),
    answer.transactions.toFixed(1),
    answer.sequentialTuples.toFixed(1),
    answer.indexTuples.toFixed(1),
  ]
  const names = Object.keys(peers ?? {}) as (keyof NonNullable<typeof peers>)[]
  return [
    {
      title: 'A settled delivery, vendors that answer at once, 16 at once (medians of the rounds)',
      head: [
        '',
        'settled/s',
        'hub µs',
        'PostgreSQL µs',
        'round trips',
        'transactions',
        'rows by scan',
        'rows by index',
      ],
      rows: [row('nothing to change', unchanged), row('one change', changed)],
    },
    ...(peers
      ? [
          {
            title: 'The same no-op work with order per person and a row kept of each attempt, in turns',
            head: ['', 'settled/s', 'hub / it', 'own µs', 'PostgreSQL µs'],
            rows: [
              ['hub', unchanged.perSecond.toFixed(0), '1', unchanged.hubUs.toFixed(0), unchanged.databaseUs.toFixed(0)],
              ...names.map((name) => [
                name,
                peers[name].perSecond.toFixed(0),
                (unchanged.perSecond / peers[name].perSecond).toFixed(1),
                peers[name].ownUs.toFixed(0),
                peers[name].databaseUs.toFixed(0),
              ]),
            ],
          },
        ]
      : []),
    {
      title: 'A SIGKILL when a third was done, and another process at once',
      head: ['', 'jobs', 'not back', 'done twice', 'after s'],
      rows: Object.entries(afterKill).map(([name, { jobs, notBack, repeated, patienceSeconds }]) => [
        name,
        ...[jobs, notBack, repeated, patienceSeconds].map(String),
      ]),
    },
  ]
}

function callTable(title: string, counts: readonly CallCount[]): Table {
  const sum = (pick: (count: CallCount) => number) => String(counts.reduce((total, count) => total + pick(count), 0))
  return {
    title,
    head: ['', 'median', 'most'],
    rows: [
      ...counts.map(({ call, median, most }) => [call, String(median), String(most)]),
      ['together', sum(({ median }) => median), sum(({ most }) => most)],
    ],
  }
}

export type Table = { title: string; head: readonly string[]; rows: readonly (readonly string[])[] }

/** All tables of one part, as a terminal shows them. */
export function formatTables(tables: readonly Table[]): string {
  return tables.map(formatTable).join('')
}

/** The first column to the left, numbers to the right. */
function formatTable({ title, head, rows }: Table): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const aligned = all.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
  return `\n${title}\n${aligned.map((text) => `  ${text.trimEnd()}\n`).join('')}`
}

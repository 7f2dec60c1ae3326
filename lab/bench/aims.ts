import type { GrownMeasure } from './growth.ts'
import type { Measured } from './parts.ts'
import type { Table } from './report.ts'

type AimedAt = Pick<Measured, 'throughput' | 'lockout' | 'drain' | 'growth'>

/** What the drain is to reach, beside what the last run of each part came to. */
export function listAims({ throughput, lockout, drain, growth }: AimedAt): Table {
  const rate = (name: string) => throughput.rates.find((one) => one.name === name)
  const [alone, beside] = [rate('hubRouted'), rate('hubDrained')]
  const { unchanged, peers } = drain
  const { overheadMs, processorMs } = lockout
  const against = (peer: keyof NonNullable<typeof peers>) =>
    unchanged.perSecond / (peers?.[peer].perSecond ?? Number.NaN)
  const settledUs = unchanged.hubUs + unchanged.databaseUs
  const slower = [...growth.phases.loaded, ...growth.phases.analyzed].filter(isSlower)
  const [settledLoaded, settledAnalyzed] = (['loaded', 'analyzed'] as const).map(
    (phase) => growth.phases[phase].find(({ unit }) => unit === '1/s')?.ratio ?? Number.NaN,
  )
  const least = Math.min(settledLoaded ?? Number.NaN, settledAnalyzed ?? Number.NaN)
  const atLeast = (what: string, value: number, aim: number) =>
    [what, value.toFixed(2), `≥ ${aim}`, value >= aim ? 'yes' : 'no'] as const
  const atMost = (what: string, value: number, aim: number) =>
    [what, value.toFixed(1), `≤ ${aim}`, value <= aim ? 'yes' : 'no'] as const
  return {
    title: 'Aims of the drain',
    head: ['', 'reached', 'aim', ''],
    rows: [
      atLeast(
        'no-op deliveries settled/s, of the acknowledged/s',
        unchanged.perSecond / (alone?.perSecond ?? Number.NaN),
        0.4,
      ),
      atMost(
        'processor time of a settled no-op delivery, of an acknowledged hook’s',
        settledUs / (alone?.processorUs ?? Number.NaN),
        4,
      ),
      atLeast('settled/s, of pg-boss after ANALYZE', against('pg-boss analyzed'), 2),
      atLeast('settled/s, of graphile-worker with a queue per person', against('graphile-worker'), 2),
      atLeast(
        'acknowledged/s while the drain works, of acknowledged/s without',
        (beside?.perSecond ?? Number.NaN) / (alone?.perSecond ?? Number.NaN),
        0.8,
      ),
      atMost('hook to the last PATCH at 50/s without the vendors’ time, p50 ms', overheadMs.p50, 10),
      atMost('the same, p99 ms', overheadMs.p99, 50),
      atMost('the hub’s processor time for a lockout, ms', processorMs.hub, 4),
      atMost('PostgreSQL’s processor time for a lockout, ms', processorMs.database, 1),
      atLeast(`settled/s at ${growth.rows.toLocaleString('en-US')} deliveries, of an empty journal’s`, least, 0.83),
      [
        'times at that size, of an empty journal’s',
        slower.length === 0 ? 'all' : `${slower.length} longer`,
        '≤ 1.2',
        slower.length === 0 ? 'yes' : 'no',
      ],
    ],
  }
}

function isSlower({ unit, ratio }: GrownMeasure): boolean {
  return (unit === 'ms' || unit === 'µs') && ratio > 1.2
}

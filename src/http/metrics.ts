import { Hono, type MiddlewareHandler } from 'hono'
import {
  bounds,
  type CounterName,
  counterNames,
  type HistogramName,
  histogramNames,
  type Meter,
} from '../core/meter.ts'
import { deliveryStatuses } from '../core/outcome.ts'
import { bearsToken, sendWrongToken } from './bearer.ts'
import { type Family, formatFamilies, makeCounter, makeGauge, makeHistogram } from './prometheus.ts'

/** How many deliveries are in each status, what is owed and what is paused, as the journal counts it. */
export type Measure = () => Promise<{
  deliveries: { status: string; count: number }[]
  oldestDueSeconds: number
  owed: number
  paused: string[]
  oldestDenialSeconds?: number
  /** How long ago a resync of each source got through last. */
  resyncs?: { source: string; ageSeconds: number }[]
  /** What is left of the vendors' rate limits. */
  budgets?: { connector: string; limit: number | null; left: number | null; waiting: readonly string[] }[]
  verifications?: {
    connector: string
    latestSeenSeconds: number | null
    oldestSeenSeconds: number | null
    lateSeconds: number
  }[]
}>

/** What only the runtime knows: how late its event loop is, and how its connections to the database stand. */
export type MeasureProcess = () => {
  loop: { quantile: string; seconds: number }[]
  pools: { pool: string; open: number; busy: number; limit: number }[]
}

export type MetricsNeeds = {
  measure: Measure
  meter?: Meter | undefined
  measureProcess?: MeasureProcess | undefined
  /** What a scraper must bear; without it everybody who reaches the address may read. Null: nobody may, it is a 404. */
  metricsToken?: string | null | undefined
}

const counters: Readonly<Record<CounterName, readonly [name: string, help: string]>> = {
  hooksReceived: ['bellhop_hooks_received_total', 'Hooks that came to a known address.'],
  hooksAcknowledged: [
    'bellhop_hooks_acknowledged_total',
    'Hooks that were answered with a 2xx: what they said is committed.',
  ],
  hooksRefused: ['bellhop_hooks_refused_total', 'Hooks that were answered with a 4xx.'],
  hooksFailed: ['bellhop_hooks_failed_total', 'Hooks that were answered with a 5xx.'],
  events: ['bellhop_events_total', 'Events of event hooks: recorded, or a duplicate of one.'],
  attempts: ['bellhop_attempts_total', 'Tries of deliveries, by how they ended.'],
}

const histograms: Readonly<Record<HistogramName, readonly [name: string, help: string]>> = {
  attemptSeconds: ['bellhop_attempt_duration_seconds', 'How long one try of a delivery took.'],
  lockoutSeconds: [
    'bellhop_lockout_duration_seconds',
    'From the receipt of a hook until its person was read back as locked out.',
  ],
}

/** Serves Prometheus text. It holds counts and times only: no person's name or id. */
export function serveMetrics(needs: MetricsNeeds): Hono {
  if (needs.metricsToken === null) return new Hono()
  return new Hono().get('/metrics', requireToken(needs.metricsToken), async (c) => {
    // With the journal down, what this process counts is what an operator wants to see.
    const measured = await needs.measure().catch(() => null)
    const up = { value: measured === null ? 0 : 1 }
    const families = [
      makeGauge('bellhop_journal_up', 'Whether the journal could be read for this answer.', [up]),
      ...(measured === null ? [] : describeJournal(measured)),
      ...describeProcess(needs.measureProcess?.()),
      ...(needs.meter ? describeWork(needs.meter) : []),
    ]
    return c.text(formatFamilies(families), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
}

function requireToken(token: string | undefined): MiddlewareHandler {
  return async (c, next) =>
    token === undefined || bearsToken(c, token)
      ? next()
      : sendWrongToken(c, { what: 'The metrics of this hub are', setting: 'HUB_METRICS_TOKEN' })
}

function describeJournal(measured: Awaited<ReturnType<Measure>>): Family[] {
  const {
    deliveries,
    oldestDueSeconds,
    owed,
    paused,
    oldestDenialSeconds = 0,
    resyncs = [],
    verifications = [],
    budgets = [],
  } = measured
  const count = (status: string) => deliveries.find((one) => one.status === status)?.count ?? 0
  const open = deliveryStatuses.filter((status) => !['running', 'succeeded', 'superseded'].includes(status))
  const seen = (of: 'latestSeenSeconds' | 'oldestSeenSeconds') =>
    verifications.flatMap((one) => {
      const { connector, [of]: seconds } = one
      return seconds === null ? [] : [{ labels: { connector }, value: Math.round(seconds) }]
    })
  return [
    makeGauge(
      'bellhop_deliveries_open',
      'Deliveries that are not settled well, by status; those that were set aside are counted to 1000 of each.',
      open.map((status) => ({ labels: { status }, value: count(status) })),
    ),
    makeGauge('bellhop_oldest_due_seconds', 'How long the longest-waiting lane has been due.', [
      { value: oldestDueSeconds },
    ]),
    makeGauge('bellhop_oldest_denial_seconds', 'How long the oldest open lockout or revoke has been open.', [
      { value: oldestDenialSeconds },
    ]),
    makeGauge('bellhop_owed', 'Changes that are owed: sessions not yet revoked.', [{ value: owed }]),
    makeGauge(
      'bellhop_connector_paused',
      'Connectors that are paused, 1 each.',
      paused.map((connector) => ({ labels: { connector }, value: 1 })),
    ),
    makeGauge(
      'bellhop_calls_left',
      'Calls that are left of the limit that the vendor named.',
      listCalls(budgets, 'left'),
    ),
    makeGauge('bellhop_call_limit', 'The limit that the vendor named.', listCalls(budgets, 'limit')),
    makeGauge(
      'bellhop_calls_waiting',
      'Work that waits for calls of a vendor, 1 each.',
      budgets.flatMap(({ connector, waiting }) => waiting.map((work) => ({ labels: { connector, work }, value: 1 }))),
    ),
    makeGauge(
      'bellhop_resync_age_seconds',
      'How long ago the time is up to which a resync has looked at every change.',
      resyncs.map(({ source, ageSeconds }) => ({ labels: { source }, value: Math.round(ageSeconds) })),
    ),
    makeGauge(
      'bellhop_verification_age_seconds',
      'How long ago a denied person was last seen as the denial wants it.',
      seen('latestSeenSeconds'),
    ),
    makeGauge(
      'bellhop_verification_oldest_seconds',
      'How long ago the person was seen whose last look is oldest.',
      seen('oldestSeenSeconds'),
    ),
    makeGauge(
      'bellhop_verification_late_seconds',
      'How far the pace of looking again is behind.',
      verifications.map(({ connector, lateSeconds }) => ({ labels: { connector }, value: Math.round(lateSeconds) })),
    ),
  ]
}

function listCalls(budgets: Awaited<ReturnType<Measure>>['budgets'] = [], of: 'left' | 'limit') {
  return budgets.flatMap(({ connector, [of]: calls }) =>
    calls === null ? [] : [{ labels: { connector }, value: Math.floor(calls) }],
  )
}

function describeProcess(measured: ReturnType<MeasureProcess> | undefined): Family[] {
  if (!measured) return []
  const { loop, pools } = measured
  return [
    makeGauge(
      'bellhop_event_loop_lag_seconds',
      'How late the event loop was within the last ten seconds.',
      loop.map(({ quantile, seconds }) => ({ labels: { quantile }, value: seconds })),
    ),
    makeGauge(
      'bellhop_pool_connections',
      'Connections to the database, by what they do.',
      pools.flatMap(({ pool, open, busy }) => [
        { labels: { pool, state: 'busy' }, value: busy },
        { labels: { pool, state: 'idle' }, value: open - busy },
      ]),
    ),
    makeGauge(
      'bellhop_pool_limit',
      'How many connections to the database there may be.',
      pools.map(({ pool, limit }) => ({ labels: { pool }, value: limit })),
    ),
  ]
}

function describeWork(meter: Meter): Family[] {
  return [
    ...counterNames.map((name) => makeCounter(...counters[name], meter.readCounter(name))),
    ...histogramNames.map((name) => {
      const [metric, help] = histograms[name]
      return makeHistogram(metric, { help, bounds: bounds[name], rows: meter.readHistogram(name) })
    }),
  ]
}

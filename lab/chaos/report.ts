import { describeTime, type Result } from './judge.ts'
import type { Played } from './side-by-side.ts'

export type Circumstances = {
  command: string
  date: string
  /** How many rounds of each scenario, in words. */
  rounds: string
  leaseSeconds: number
  seed: number
  width: number
  seconds: number
  /** The rounds that were played before and kept, and about how long they took. */
  kept: { rounds: number; seconds: number }
  /** Of the code that was played: more than one where a kept run went on after a change. */
  commits: string[]
  postgres: string
  node: string
  processors: number
  /** The machine's load average at the start and at the end. */
  loads: number[]
}

export const heads = [
  'scenario',
  'rounds',
  'acknowledged',
  'lost',
  'wrong',
  'order',
  'doubled',
  'open',
  '4xx',
  'late',
  '5xx',
  'slowest answer',
  'recovery',
]

export function renderCells(result: Result): string[] {
  const { seconds, worst, limit } = result.recovery
  return [
    result.scenario,
    String(result.rounds),
    String(result.acknowledged),
    String(result.lost),
    String(result.wrong),
    String(result.outOfOrder + result.overlapping),
    String(result.doubled),
    String(result.unfinished),
    String(result.answers4xx),
    String(result.late),
    String(result.answers5xx),
    describeTime(result.slowestAnswer, 2),
    `${findMedian(seconds).toFixed(1)} / ${describeTime(worst)} (≤ ${limit})`,
  ]
}

function findMedian(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** One line a thing that must not be. */
export function listFailures({ results, failures }: Played): string[] {
  return [...results.flatMap(({ scenario, findings }) => findings.map((one) => `${scenario}: ${one}`)), ...failures]
}

export function renderCircumstances({ rounds, leaseSeconds, seed, width, seconds, ...rest }: Circumstances): string {
  const { date, postgres, node, processors, loads } = rest
  const load = loads.map((one) => one.toFixed(1)).join(' → ')
  const side = width > 1 ? `, ${width} stages side by side` : ''
  const minutes = (given: number) => `${Math.round(given / 60)} minutes`
  const kept = rest.kept.rounds > 0 ? `, after ${minutes(rest.kept.seconds)} for ${rest.kept.rounds} of the rounds` : ''
  return (
    `${date}: code of ${rest.commits.join(', ')}, ${rounds} of each scenario, lease ${leaseSeconds} s, seed ${seed}${side}, PostgreSQL ${postgres} ` +
    `with fsync on, Node ${node}, ${processors} processors, load ${load}, ${minutes(seconds)}${kept}`
  )
}

/** The table for the terminal, and below it what must not be. */
export function renderReport(played: Played, circumstances: Circumstances): string {
  const rows = [heads, ...played.results.map(renderCells)]
  const widths = heads.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const failures = listFailures(played).map((one) => `✗ ${one}`)
  return [
    ...lines,
    '',
    renderCircumstances(circumstances),
    ...(failures.length > 0 ? failures : ['✓ Nothing lost, nobody wrong, nothing out of order.']),
  ].join('\n')
}

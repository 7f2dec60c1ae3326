import type { Result } from './play.ts'

export type Circumstances = {
  command: string
  rounds: number
  leaseSeconds: number
  seed: number
  postgres: string
  node: string
  seconds: number
}

const heads = [
  'scenario',
  'rounds',
  'acknowledged',
  'lost',
  'wrong',
  'order',
  'doubled',
  'open',
  '4xx',
  'slowest answer',
  'recovery',
]

function cellsOf(result: Result): string[] {
  const { median, worst, limit } = result.recoverySeconds
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
    `${result.slowestAnswerSeconds.toFixed(2)} s`,
    `${median.toFixed(1)} / ${worst.toFixed(1)} s (≤ ${limit})`,
  ]
}

/** The table for the terminal, and below it what must not be. */
export function textReport(results: readonly Result[]): string {
  const rows = [heads, ...results.map(cellsOf)]
  const widths = heads.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const findings = results.flatMap(({ scenario, findings: found }) => found.map((one) => `✗ ${scenario}: ${one}`))
  return [
    ...lines,
    '',
    ...(findings.length > 0 ? findings : ['✓ Nothing lost, nobody wrong, nothing out of order.']),
  ].join('\n')
}

/** docs/reliability.md: only ever from a run that was made. */
export function markdownReport(results: readonly Result[], circumstances: Circumstances): string {
  const { command, rounds, leaseSeconds, seed, postgres, node, seconds } = circumstances
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return `# Reliability

What was measured, not what is hoped for. This page is written by the run itself:

\`\`\`sh
${command}
\`\`\`

${rounds} rounds of each scenario, a lease of ${leaseSeconds} s, seed ${seed}, PostgreSQL ${postgres} with fsync on, Node ${node}, ${Math.round(seconds / 60)} minutes.
Real hub processes, a real PostgreSQL, simulated Okta and Auth0. Resync and the brake are off, so that nothing else
makes good what the journal would lose. In each round 20 people change in Okta at random moments (deactivated,
suspended, let in again, renamed) while the hooks pour in and the fault strikes; then the changes stop.

${row(heads)}
${row(heads.map(() => '---'))}
${results.map((result) => row(cellsOf(result))).join('\n')}

The scenarios:

${results.map(({ scenario, title }) => `- **${scenario}**: ${title}.`).join('\n')}

The columns:

- **acknowledged**: events that a hub answered with a 2xx, to Okta's own delivery (3 s, one retry) or to a sender that does not give up.
- **lost**: acknowledged events that are not in the journal with a delivery. Must be 0.
- **wrong**: people who, when all is quiet, are not at Auth0 what Okta's state and the policy say: flag, block, and no session left for whoever is out. Only those whose last change a hub has acknowledged; what never arrived is what resync is for. Must be 0.
- **order**: writes at Auth0 that rest on an older state of Okta than an earlier write to the same user, and attempts in one person's lane that ran at the same time. Where Auth0 itself carries writes out late (writes-late), the disorder is Auth0's and not counted; what counts there is that it is put right. Must be 0.
- **doubled**: events journaled twice, or delivered twice to one connector. Must be 0.
- **open**: deliveries not settled and revokes still owed when all is quiet. Must be 0.
- **4xx**: answers that blame the sender for a fault of ours; Okta never sends such a hook again. Must be 0.
- **slowest answer**: of all requests that were answered. Okta waits 3 s.
- **recovery**: median and worst time from the end of the fault (from the kill, where a hub was killed) until the last person was right, and its limit.
`
}

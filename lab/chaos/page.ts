import { readFile, writeFile } from 'node:fs/promises'
import type { Result } from './judge.ts'
import { type Circumstances, heads, listFailures, renderCells, renderCircumstances } from './report.ts'
import { scenarios } from './scenarios.ts'
import type { Played } from './side-by-side.ts'

/**
 * Writes a run into docs/reliability.md, in the place of the last one with the same lease and as many stages. Nothing
 * on that page is written by hand: what is told there was played.
 */
export async function writePage(file: string, played: Played, circumstances: Circumstances): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '')
  const runs = new Map([...before.matchAll(anyRun)].map(([text, kind = '']) => [kind, text]))
  runs.set(kindOf(circumstances), section(played, circumstances))
  const leaseIn = (kind: string) => Number.parseFloat(kind)
  const longestLeaseFirst = [...runs].sort(([a], [b]) => leaseIn(b) - leaseIn(a)).map(([, text]) => text)
  await writeFile(file, page(longestLeaseFirst))
}

const anyRun = /<!-- run with a lease of ([\d.]+ s, \d+ side by side) -->[\s\S]*?<!-- end of run -->/g

function kindOf({ leaseSeconds, width }: Circumstances): string {
  return `${leaseSeconds} s, ${width} side by side`
}

function section({ results, ...rest }: Played, circumstances: Circumstances): string {
  const { command, leaseSeconds, rounds, width } = circumstances
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const failures = listFailures({ results, ...rest })
  return `<!-- run with a lease of ${kindOf(circumstances)} -->
## Lease ${leaseSeconds} s, ${rounds} each, ${width === 1 ? 'one after the other' : `${width} at once`}

By \`${command}\`.

${renderCircumstances(circumstances)}. Slowest start of a hub: ${findSlowestStart(results).toFixed(1)} s.

${row(heads)}
${row(heads.map(() => '---'))}
${results.map((result) => row(renderCells(result))).join('\n')}

${failures.length > 0 ? `What must not be:\n\n${failures.map((one) => `- ${one}`).join('\n')}` : 'Nothing that must not be.'}
<!-- end of run -->`
}

function findSlowestStart(results: readonly Result[]): number {
  return Math.max(0, ...results.map(({ slowestStartSeconds }) => slowestStartSeconds))
}

function page(runs: readonly string[]): string {
  return `# Reliability

What was measured, not what is hoped for. The runs write this page themselves, with the command above each table. What
it takes to be sure is 100 rounds with the lease of production (30 s), for which a machine of two processors is busy for
some two hours; \`--keep\` lets it be ended and gone on with:
\`npm run chaos -- --rounds 100 --side-by-side 8 --seed 1 --keep rounds.jsonl --markdown docs/reliability.md\`. How many
were really played stands above each table. CI plays both of these with a lease of 3 s, 2 rounds
of each scenario and 5 of those that the last change touched (lab/chaos/touched.ts):

\`\`\`sh
npm run chaos -- --prove             # breaks what is counted, and sees it counted
npm run chaos -- --quick --minutes 20
\`\`\`

Real hub processes, a real PostgreSQL, simulated Okta and Auth0, all on one machine. Resync and the brake are off, so
that nothing else makes good what the journal would lose. In each round 20 people change in Okta at random moments
(deactivated, suspended, let in again, renamed) while the hooks pour in and the fault strikes; half of them change no
more from that moment on, the others until shortly after its end (but no longer than a lease and 5 s).

${runs.join('\n\n')}

## The scenarios

${scenarios.map(({ name, title }) => `- **${name}**: ${title}.`).join('\n')}

## How each number is counted

- **acknowledged**: events that a hub answered with a 2xx, to Okta's own delivery (3 s, one retry) or to a sender that does not give up.
- **lost**: acknowledged events that are not in the journal with a delivery. Must be 0.
- **wrong**: people who, when all is quiet, are not at Auth0 what Okta's state and the policy say: flag, block, and no session left for whoever is out. Only those whose last change a hub has acknowledged; what never arrived is what resync is for. Must be 0.
- **order**: writes that took effect at Auth0 after one to the same user that rests on a newer state of Okta, and attempts in one person's lane that ran at the same time. Where Auth0 itself holds writes back and carries them out after younger ones (writes-late), the order in which hubs sent them. Must be 0.
- **doubled**: events journaled twice, or delivered twice to one connector. Must be 0.
- **open**: deliveries not settled and revokes still owed when all is quiet. Must be 0.
- **4xx**: answers that blame the sender for a fault of ours; Okta never sends such a hook again. Must be 0.
- **late**: requests that waited for more than 2.5 s, answered or not. Not those at a hub that was killed, stopped, or still loading after a kill: it opens its door before it has loaded the vendors' SDKs, because what arrives then is journaled even if its sender has given up. Must be 0.
- **5xx**: answers that ask the sender to try again. Where the database is away there must be some; in a rolling restart there may be none but those of a hub that waited for a processor for half of the time until its journal did not answer.
- **slowest answer**: of those that could be late, by the clock.
- **recovery**: the longest that anybody stood wrong at Auth0, or an event stayed without its 2xx, counted from the end of the fault (from the kill, where a hub was killed), or from the change if that came later: median and worst of the rounds, and the limit. The limit is the lease and 5 s; 5 s from the first SIGTERM in a rolling restart; 35 s where the retry schedule decides, which does not scale with the lease.
- **without a processor**: how long in that time the hub, or the process that plays the vendors, was ready to run while other programs had the processors, as Linux counts it (/proc/<pid>/schedstat). It is taken off before a time is compared with its limit, and named where it is 0.3 s or more. With many stages at once on few processors most of a time is this: look at a run with fewer at once for times, and at the one with most rounds for losses and wrong states, which have no such excuse.

## What this does not show

- Nothing about real vendors: both are simulated, on their published schemas.
- Nothing about Cloudflare's network: the Worker runs in workerd under wrangler dev, which takes seconds to start again; a platform has other isolates. Its recovery counts from that start, with the limit of the schedule.
- No second machine and no real network: lines are cut and stalled by a proxy on the same machine.
- No power cut. PostgreSQL is killed with SIGKILL with fsync on; what a disk does with what it was told to keep is not tried.
- No standby that takes over, and no database restored from a backup.
- Twenty people, minutes: nothing about size or about weeks. Speed is another page ([bench](bench.md)).
- Zeros say that nothing was found in so many rounds; with 5 rounds, a fault that strikes once in a hundred may well not have shown itself.
`
}

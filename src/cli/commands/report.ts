import { setTimeout as sleep } from 'node:timers/promises'
import { connectors } from '../../../connectors/index.ts'
import { requireConfiguration } from '../../config/configuration.ts'
import { systemClock } from '../../core/clock.ts'
import { readPolicy } from '../../core/hub-settings.ts'
import { reportGoLive } from '../../operate/go-live.ts'
import { listLeavers, measureLockouts } from '../../operate/leavers.ts'
import { openInstalled } from '../setup/open-installed.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { type Call, type CliCommand, type CliOptions, type Given, jsonOption } from '../terminal/command.ts'
import { readWholeNumber } from '../terminal/options.ts'
import { formatCsv, printJson, printLines, startProgress } from '../terminal/output.ts'
import { parseSince } from '../terminal/text.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'
import { formatGoLive } from '../views/go-live-lines.ts'
import { formatLeavers, leaverColumns } from '../views/leavers-lines.ts'

type Report = { summary: string; options: CliOptions; run(call: Call): Promise<boolean> }

/** Every report, by its name behind `report`. */
const reports: Record<string, Report> = {
  leavers: {
    summary: 'who left, when the lockout was read back, what was revoked, who acted, and what is not as it should be',
    options: {
      from: {
        type: 'string',
        value: '<time>',
        describe: 'who left at or after this: 30d, or 2026-05-01 (default: 30d)',
      },
      to: { type: 'string', value: '<time>', describe: 'who left before this (default: now)' },
      csv: { type: 'boolean', describe: 'print CSV, for auditors' },
    },
    run: reportLeavers,
  },
  'go-live': {
    summary:
      'who would be locked out, unblocked or lose grants if the hub enforced now, and why; planned anew for everybody',
    options: {
      concurrency: {
        type: 'string',
        value: '<n>',
        describe:
          "go-live: people asked about at once, 1 to 32; the vendors' limits are shared with the hub (default: 4)",
      },
    },
    run: reportGoingLive,
  },
}

const summaries = Object.entries(reports).map(([name, { summary }]) => `  report ${name}  ${summary}`)

export const report: CliCommand = {
  usage: 'report <which> [options]',
  help: ['Tells what the journal can prove, and what enforcing would do.', ...summaries].join('\n'),
  options: {
    ...Object.assign({}, ...Object.values(reports).map(({ options }) => options)),
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- report leavers --from 30d',
    'npm run hub -- report leavers --from 2026-05-01 --to 2026-06-01 --csv > leavers.csv',
    'npm run hub -- report go-live',
  ],
  exits: {
    ok: 'told, even if there is nothing to tell',
    no: 'the journal cannot be read, or of at least one person nothing can be said',
  },
  async run(call) {
    const [name = '', ...words] = call.words
    const chosen = Object.hasOwn(reports, name) ? reports[name] : undefined
    if (chosen && words.length === 0) return chosen.run({ ...call, words })
    const meant = findClosest(name, Object.keys(reports))
    throw new WrongUsage({
      what: name === '' ? 'Which report?' : `There is no report "${call.words.join(' ')}".`,
      why: `There are: ${Object.keys(reports).join(', ')}.`,
      fix: `Write npm run hub -- report ${meant ?? Object.keys(reports)[0]}.`,
    })
  },
}

/** Prints the evidence of every leaving within a period. */
async function reportLeavers(call: Call): Promise<boolean> {
  const { options, terminal } = call
  const period = readPeriod(options, new Date())
  return withJournal(call, async (journal) => {
    const rows = await listLeavers(journal, period)
    const times = measureLockouts(rows)
    if (options.csv) terminal.out(formatCsv(rows, leaverColumns))
    else if (options.json) printJson(terminal, { ...period, secondsToLockout: times, leavers: rows })
    else if (rows.length === 0) terminal.out('Nobody left in this time.')
    else printLines(terminal, formatLeavers({ rows, times }, { terminal, now: new Date() }))
    return true
  })
}

const defaultFrom = '30d'

function readPeriod({ from, to, csv: asCsv, json }: Given, now: Date): { from: string; to: string } {
  if (asCsv && json) {
    const fix = 'Leave one of them out.'
    throw new WrongUsage({ what: '--csv and --json are two things.', why: 'Each is a whole answer.', fix })
  }
  const start = readTime('--from', typeof from === 'string' ? from : defaultFrom, now)
  const end = to === undefined ? now : readTime('--to', String(to), now)
  if (start < end) return { from: start.toISOString(), to: end.toISOString() }
  const what = 'The period ends before it begins.'
  throw new WrongUsage({ what, why: '--from is not earlier than --to.', fix: 'Turn them around.' })
}

function readTime(option: string, given: string, now: Date): Date {
  const time = parseSince(given, now)
  if (time) return time
  const fix = 'Write a span such as 30d, or a time such as 2026-05-14T08:30.'
  throw new WrongUsage({ what: `${option} ${given} is no time.`, why: 'The report is about a period.', fix })
}

/**
 * Plans anew every person whom the hub has heard of, which after a resync is every person at the authority, and prints what
 * enforcing would do. False when a person could not be planned or is in conflict.
 */
async function reportGoingLive(call: Call): Promise<boolean> {
  const { terminal, options, environment } = call
  const range = { option: '--concurrency', fallback: 4, least: 1, most: 32 }
  const concurrency = readWholeNumber(options.concurrency, range)
  const configuration = requireConfiguration(environment, connectors)
  const installed = openInstalled(configuration, configuration.hub.HUB_OUTBOUND_SECONDS)
  const { brake } = readPolicy(configuration.hub)
  return withJournal(call, async (journal) => {
    const bar = startProgress(terminal, { label: 'Planning', total: await journal.records.countAllPeople() })
    const result = await reportGoLive({
      journal,
      installed,
      clock: systemClock,
      signal: new AbortController().signal,
      concurrency,
      wait: (seconds) => sleep(seconds * 1000),
      onProgress: () => bar.advance(),
    }).finally(bar.end)
    const { threshold } = await journal.orders.readBrakeStatus(brake)
    if (options.json) printJson(terminal, result)
    else printLines(terminal, formatGoLive(result, { terminal, threshold: brake.people === 0 ? null : threshold }))
    return result.rows.every(({ error, conflicts }) => error === null && conflicts.length === 0)
  })
}

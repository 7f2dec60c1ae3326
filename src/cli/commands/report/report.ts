import { folderOption } from '../../setup/open-journal.ts'
import type { Call, CliCommand, CliOptions } from '../../terminal/command.ts'
import { findClosest, WrongUsage } from '../../terminal/wrong-usage.ts'
import { goLiveOptions, printGoLive } from './go-live.ts'
import { leaversOptions, printLeavers } from './leavers.ts'
import { printOperators } from './operators.ts'
import { reportOptions } from './read-ask.ts'

type Report = { summary: string; options: CliOptions; run(call: Call): Promise<boolean> }

/** Every report, by its name behind `report`. */
const reports: Record<string, Report> = {
  leavers: {
    summary: 'who left, when the lockout was read back, what was revoked, who acted, and what is not as it should be',
    options: leaversOptions,
    run: printLeavers,
  },
  'go-live': {
    summary:
      'who would be locked out, unblocked or lose grants if the hub enforced now, and why; planned anew for everybody',
    options: goLiveOptions,
    run: printGoLive,
  },
  operators: {
    summary: 'who could order, by which token or account, in which role, and what they did; with --from and --to',
    options: {},
    run: printOperators,
  },
}

const summaries = Object.entries(reports).map(([name, { summary }]) => `  report ${name}  ${summary}`)

export const report: CliCommand = {
  usage: 'report <which> [options]',
  help: [
    'Tells what the journal can prove, and what enforcing would do.',
    ...summaries,
    'Each report says who made it when, of what, with a SHA-256 of its rows, and what the journal knows to be missing.',
  ].join('\n'),
  options: {
    ...Object.assign({}, ...Object.values(reports).map(({ options }) => options)),
    ...reportOptions,
    ...folderOption,
  },
  examples: [
    'npm run hub -- report leavers --from 30d',
    'npm run hub -- report leavers --from 2026-05-01 --to 2026-06-01 --csv > leavers.csv',
    'npm run hub -- report leavers --against hr.csv --live',
    'npm run hub -- report leavers --from 90d --sample 5 --seed 2026Q4 > evidence.jsonl',
    'npm run hub -- report operators --from 90d --csv > operators.csv',
    'npm run hub -- report go-live',
  ],
  exits: {
    ok: 'told, even if there is nothing to tell',
    no: 'the journal cannot be read, or of at least one person or line nothing can be said',
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

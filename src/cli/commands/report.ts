import type { Call, CliCommand, CliOptions } from '../cli-command.ts'
import { jsonOption } from '../cli-command.ts'
import { folderOption } from '../setup/open-journal.ts'
import { closest } from '../terminal/closest.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { goLiveOptions, reportGoLiveNow } from '../views/go-live-report.ts'
import { leaversOptions, reportLeavers } from '../views/leavers-report.ts'

type Report = { summary: string; options: CliOptions; run(call: Call): Promise<boolean> }

/** Every report, by its name behind `report`. */
const reports: Record<string, Report> = {
  leavers: {
    summary: 'who left, when they were locked out, what was revoked, and what was not as it should be',
    options: leaversOptions,
    run: reportLeavers,
  },
  'go-live': {
    summary:
      'who would be locked out, opened or lose grants if the hub enforced now, and why; planned anew for everybody',
    options: goLiveOptions,
    run: reportGoLiveNow,
  },
}

const lines = Object.entries(reports).map(([name, { summary }]) => `  report ${name}  ${summary}`)

export const report: CliCommand = {
  usage: 'report <which> [options]',
  help: ['Tells what the journal can prove, and what enforcing would do.', ...lines].join('\n'),
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
    no: 'the journal cannot be read, or of somebody nothing can be said',
  },
  async run(call) {
    const [name = '', ...words] = call.words
    const chosen = Object.hasOwn(reports, name) ? reports[name] : undefined
    if (chosen && words.length === 0) return chosen.run({ ...call, words })
    const meant = closest(name, Object.keys(reports))
    throw new WrongUsage({
      what: name === '' ? 'Which report?' : `There is no report "${call.words.join(' ')}".`,
      why: `There are: ${Object.keys(reports).join(', ')}.`,
      fix: `Write npm run hub -- report ${meant ?? Object.keys(reports)[0]}.`,
    })
  },
}

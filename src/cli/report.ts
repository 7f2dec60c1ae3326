import type { CliCommand } from './cli-command.ts'
import { jsonOption } from './cli-command.ts'
import { wholeNumber } from './numbers.ts'
import { folderOption } from './open-journal.ts'
import { goLive } from './report-go-live.ts'
import { oneWord } from './words.ts'
import { WrongUsage } from './wrong-usage.ts'

export const report: CliCommand = {
  usage: 'report go-live [--concurrency <n>]',
  help: [
    'go-live   who would be locked out or opened if the hub enforced now, and why. Everybody known is read at the',
    '          authority and planned anew; nothing is written, not even to the journal. Run it with the same',
    '          environment as the hub. It knows whom the hub has heard of: after "okta resync" that is everybody.',
  ].join('\n'),
  options: {
    concurrency: {
      type: 'string',
      value: '<n>',
      describe: "people asked about at once, 1 to 32; the vendors' limits are shared with the hub (default: 4)",
    },
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- report go-live', 'npm run hub -- report go-live --json > go-live.json'],
  exits: { ok: 'it is whole', no: 'of somebody it cannot speak, or there is a conflict: see their rows' },
  async run(call) {
    const which = oneWord(call.words, { command: 'report', what: 'report' })
    const options = { option: '--concurrency', fallback: 4, least: 1, most: 32 }
    if (which === 'go-live') return goLive(call, wholeNumber(call.options.concurrency, options))
    throw new WrongUsage({
      what: `There is no report "${which}".`,
      why: 'There is go-live.',
      fix: 'See "npm run hub -- report --help".',
    })
  },
}

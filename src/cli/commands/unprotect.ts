import { type CliCommand, jsonOption } from '../cli-command.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { printJson } from '../terminal/print-json.ts'
import { oneWord } from '../terminal/words.ts'
import { meantBy, sourceOption } from './protect.ts'

export const unprotect: CliCommand = {
  usage: 'unprotect <who>',
  help: [
    'Takes somebody off the list of the protected. Nothing happens to them by that: a denial of theirs that is held',
    'waits on, until an operator releases it ("brake release") or the hub hears of them again.',
  ].join('\n'),
  options: { ...sourceOption, ...folderOption, ...jsonOption },
  examples: ['npm run hub -- unprotect break.glass@acme.com'],
  exits: { ok: 'taken off', no: 'they were not on it' },
  async run(call) {
    const { words, options, terminal } = call
    const who = oneWord(words, { command: 'unprotect', what: 'e-mail or id' })
    return withJournal(call, async (journal) => {
      const person = await meantBy(journal, { who, source: options.source })
      const was = await journal.orders.unprotect(person)
      if (options.json) printJson(terminal, { ...person, wasProtected: was })
      else terminal.out(was ? `${who} is not protected any more.` : `${who} was not protected.`)
      return was
    })
  },
}

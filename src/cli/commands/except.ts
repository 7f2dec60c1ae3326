import { makeId } from '../../core/id.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readOrder, readUntil } from '../setup/operator-orders.ts'
import { type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'
import { formatTime } from '../terminal/text.ts'

export const except: CliCommand = {
  usage: 'except <who> --reason <text> --until <time>',
  help: [
    'Lets the block of a locked-out person stay lifted until then, where somebody has lifted it: the hub writes its',
    'flag and leaves the block. It ends the quarrel of hub.alert.contested, in which the hub and somebody else undo',
    'each other. When it ends, the block is written again. It is recorded with the reason, the time and your name.',
    'It opens nothing: the login Action still refuses whoever is flagged. Who is to log in is made active at the',
    'authority, or put on the list of the protected ("protect") before the denial.',
  ].join('\n'),
  options: {
    until: { type: 'string', value: '<time>', describe: 'when it ends: 7d, or a time such as 2026-12-31' },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- except lena.park@acme.com --until 7d --reason "legal needs the mailbox, ticket 4711"'],
  exits: { ok: 'recorded', no: 'no person, or more than one, is known by that' },
  async run(call) {
    const { words, options, terminal } = call
    const who = readWord(words, { command: 'except', what: 'e-mail or id' })
    const note = readOrder(options, `npm run hub -- except ${who} --until 7d`)
    const now = new Date()
    const until = readUntil(options.until, now)
    return withJournal(call, async (journal) => {
      const { id: person, source, authorityId } = await findOnePerson(journal, who)
      await journal.orders.exceptPerson({ id: makeId('ord'), person, until, ...note })
      if (options.json) printJson(terminal, { person, source, authorityId, until, ...note })
      else {
        const end = formatTime(until, now)
        terminal.out(
          `A block of ${who} (${source} ${authorityId}) that is lifted stays so until ${end}; the flag stands.`,
        )
      }
      return true
    })
  },
}

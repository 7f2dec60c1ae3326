import { systemClock } from '../../core/clock.ts'
import { endException, exceptPerson } from '../../operate/exception-orders.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { makeSyncQueue, openInstalledFrom } from '../setup/open-installed.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readOrder, readUntil } from '../setup/operator-orders.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'
import { formatTime } from '../terminal/text.ts'

export const except: CliCommand = {
  usage: 'except <who> --reason <text> --until <time> | except end <who> --reason <text>',
  help: [
    'Lets the block of a locked-out person stay lifted until then, where somebody has lifted it: the hub writes its',
    'flag and leaves the block. It ends the quarrel of hub.alert.contested, in which the hub and somebody else undo',
    'each other. When it ends, the block is written again. It is recorded with the reason, the time and your name.',
    'It opens nothing: the login Action still refuses whoever is flagged. Who is to log in is made active at the',
    'authority, or put on the list of the protected ("protect") before the denial.',
    '"except end <who>" ends it before its time: the hub looks at the person anew, and writes the block of who is denied.',
  ].join('\n'),
  options: {
    until: { type: 'string', value: '<time>', describe: 'when it ends: 7d, or a time such as 2026-12-31' },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- except lena.park@acme.com --until 7d --reason "legal needs the mailbox, ticket 4711"'],
  exits: { ok: 'recorded, or ended', no: 'no person, or more than one, is known by that, or no exception was on' },
  async run(call) {
    if (call.words[0] === 'end') return endExceptionOf({ ...call, words: call.words.slice(1) })
    const { words, options, terminal } = call
    const who = readWord(words, { command: 'except', what: 'e-mail or id' })
    const note = readOrder(options, `npm run hub -- except ${who} --until 7d`)
    const now = new Date()
    const until = readUntil(options.until, now)
    return withJournal(call, async (journal) => {
      const { id: person, source, authorityId } = await findOnePerson(journal, who)
      await exceptPerson({ journal, clock: systemClock }, { person, until, ...note })
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

async function endExceptionOf(call: Call): Promise<boolean> {
  const { words, options, terminal, environment } = call
  const who = readWord(words, { command: 'except end', what: 'e-mail or id' })
  const note = readOrder(options, `npm run hub -- except end ${who}`)
  const installed = openInstalledFrom(environment)
  return withJournal(call, async (journal) => {
    const person = await findOnePerson(journal, who)
    const needs = { journal, clock: systemClock, queueSync: makeSyncQueue(journal, installed) }
    const wasExcepted = await endException(needs, { ...note, person })
    if (options.json) printJson(terminal, { person: person.id, wasExcepted, ...note })
    else terminal.out(wasExcepted ? `No block of ${who} is let be any more.` : `No exception of ${who} was on.`)
    return wasExcepted
  })
}

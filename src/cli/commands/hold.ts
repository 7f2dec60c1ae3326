import type { LegalHoldRow } from '../../journal/index.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readNote, readOrder } from '../setup/operator-orders.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWord, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { formatTime } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

export const hold: CliCommand = {
  usage: 'hold --legal <who> --reason <text> | hold --end <who> | hold list',
  help: [
    'Sets a legal hold on a person: until it is ended, nothing that the journal has of them is erased ("person erase").',
    'It stops no lockout and opens nothing. What the brake holds is another thing: "brake".',
    '"hold list" shows every legal hold, with who set it and why.',
  ].join('\n'),
  options: {
    legal: { type: 'string', value: '<who>', describe: 'set one on this person: e-mail, login or id' },
    end: { type: 'string', value: '<who>', describe: 'end the one on this person' },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- hold --legal 00u1ab2cd3EF4gh5 --reason "claim 2026-17"',
    'npm run hub -- hold --end 00u1ab2cd3EF4gh5 --reason "claim 2026-17 is closed"',
    'npm run hub -- hold list',
  ],
  exits: { ok: 'set, ended or listed', no: 'no person, or more than one, is known by that, or there was none to end' },
  async run(call) {
    const { words, options } = call
    if (words[0] === 'list') return listAll({ ...call, words: words.slice(1) })
    refuseWords(words, 'hold')
    if (typeof options.legal === 'string' && options.end === undefined) return setOne(call, options.legal)
    if (typeof options.end === 'string' && options.legal === undefined) return endOne(call, options.end)
    throw new WrongUsage({
      what: 'Set or end a legal hold: one of them.',
      why: 'An order is about one thing.',
      fix: 'Write npm run hub -- hold --legal <who> --reason "…", or --end <who>.',
    })
  },
}

async function setOne(call: Call, given: string): Promise<boolean> {
  const { options, terminal } = call
  const who = readWord([given], { command: 'hold --legal', what: 'e-mail or id' })
  const note = readOrder(options, `npm run hub -- hold --legal ${who}`)
  return withJournal(call, async (journal) => {
    const { id: person, source, authorityId } = await findOnePerson(journal, who)
    await journal.orders.setLegalHold({ person, ...note })
    if (options.json) printJson(terminal, { person, source, authorityId, ...note })
    else terminal.out(`A legal hold is set on ${who} (${source} ${authorityId}): nothing of theirs is erased.`)
    return true
  })
}

async function endOne(call: Call, given: string): Promise<boolean> {
  const { options, terminal } = call
  const who = readWord([given], { command: 'hold --end', what: 'e-mail or id' })
  return withJournal(call, async (journal) => {
    const { id: person } = await findOnePerson(journal, who)
    const wasHeld = await journal.orders.endLegalHold({ person, ...readNote(options) })
    if (options.json) printJson(terminal, { person, wasHeld })
    else terminal.out(wasHeld ? `The legal hold on ${who} is ended.` : `There was no legal hold on ${who}.`)
    return wasHeld
  })
}

async function listAll(call: Call): Promise<boolean> {
  refuseWords(call.words, 'hold list')
  const { options, terminal } = call
  return withJournal(call, async (journal) => {
    const rows = await journal.orders.listLegalHolds()
    if (options.json) printJson(terminal, rows)
    else if (rows.length === 0) terminal.out('There is no legal hold.')
    else
      printLines(
        terminal,
        formatTable(rows, columnsAt(new Date()), { width: terminal.width, bold: terminal.paint.bold }),
      )
    return true
  })
}

function columnsAt(now: Date): Column<LegalHoldRow>[] {
  return [
    { title: 'PERSON', cell: ({ person }) => person, shrinksTo: 14 },
    { title: 'AT', cell: ({ source, authorityId }) => `${source} ${authorityId}`, shrinksTo: 12 },
    { title: 'SINCE', cell: ({ at }) => formatTime(at, now) },
    { title: 'BY', cell: ({ by }) => by },
    { title: 'REASON', cell: ({ reason }) => reason, shrinksTo: 12 },
  ]
}

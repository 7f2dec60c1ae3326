import { systemClock } from '../../core/clock.ts'
import type { PersonKey } from '../../core/person.ts'
import type { Journal, ProtectedRow } from '../../journal/index.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { protectPerson } from '../../operate/protect-person.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readNote, readOrder, readUntil } from '../setup/operator-orders.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import { type Call, type CliCommand, type CliOptions, jsonOption } from '../terminal/command.ts'
import { readWord, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/text.ts'

/** Whom an entry is about, where the hub has not heard of them yet. */
export const sourceOption: CliOptions = {
  source: {
    type: 'string',
    value: '<id>',
    describe: 'take <who> for an id at this source, such as okta, though the hub has not heard of it',
  },
}

export const protect: CliCommand = {
  usage: 'protect <who> --reason <text> --until <time> | protect list',
  help: [
    'Puts a person on the list of those who are never locked out without an operator: break-glass and service',
    'accounts. A denial of theirs is held and alerted; "brake release" lets that one pass.',
    'An entry ends by itself. A second one for the same person takes the place of the first.',
    '"protect list" shows the list, the entries that have ended too.',
  ].join('\n'),
  options: {
    until: { type: 'string', value: '<time>', describe: 'when it ends: 30d, or a time such as 2026-12-31' },
    ...sourceOption,
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- protect break.glass@acme.com --until 180d --reason "the last way in"',
    'npm run hub -- protect 00u1ab2cd3EF4gh5 --source okta --until 2026-12-31 --reason "nightly export"',
    'npm run hub -- protect list',
  ],
  exits: { ok: 'protected, or listed', no: 'no person, or more than one, is known by that' },
  async run(call) {
    const { words, options, terminal } = call
    if (words[0] === 'list') return listProtected({ ...call, words: words.slice(1) })
    const who = readWord(words, { command: 'protect', what: 'e-mail or id' })
    const note = readOrder(options, `npm run hub -- protect ${who} --until 180d`)
    const until = readUntil(options.until, new Date())
    return withJournal(call, async (journal) => {
      const person = await findMeant(journal, { who, source: options.source })
      await protectPerson({ journal, clock: systemClock }, { ...person, until, ...note })
      if (options.json) printJson(terminal, { ...person, until, ...note })
      else
        terminal.out(
          `${who} (${person.source} ${person.authorityId}) is protected until ${formatTime(until, new Date())}.`,
        )
      return true
    })
  },
}

/** Finds the person that a word names. With `--source` the word is taken for an id there, known or not. */
export async function findMeant(
  journal: Journal,
  { who, source }: { who: string; source: string | boolean | undefined },
): Promise<PersonKey> {
  if (typeof source === 'string') return { source, authorityId: who }
  const person = await findOnePerson(journal, who)
  return { source: person.source, authorityId: person.authorityId }
}

async function listProtected(call: Call): Promise<boolean> {
  refuseWords(call.words, 'protect list')
  const { options, terminal } = call
  return withJournal(call, async (journal) => {
    const rows = await journal.orders.listProtected()
    if (options.json) printJson(terminal, rows)
    else if (rows.length === 0) terminal.out('Nobody is protected.')
    else printLines(terminal, formatProtected(rows, terminal))
    return true
  })
}

function formatProtected(rows: readonly ProtectedRow[], { paint, width }: Terminal): string[] {
  const now = new Date()
  const columns: Column<ProtectedRow>[] = [
    { title: 'WHO', cell: ({ login, authorityId }) => login ?? authorityId, shrinksTo: 12 },
    { title: 'AT', cell: ({ source, authorityId }) => `${source} ${authorityId}`, shrinksTo: 12 },
    {
      title: 'UNTIL',
      cell: ({ until, expired }) => (expired ? `ended ${formatTime(until, now)}` : formatTime(until, now)),
      paint: (text, { expired }) => (expired ? paint.red(text) : text),
    },
    { title: 'BY', cell: ({ by }) => by },
    { title: 'REASON', cell: ({ reason }) => reason, shrinksTo: 12 },
  ]
  return formatTable(rows, columns, { width, bold: paint.bold })
}

export const unprotect: CliCommand = {
  usage: 'unprotect <who> [--reason <text>]',
  help: [
    'Takes a person off the list of the protected. Nothing happens to them by that: a denial of theirs that is held',
    'waits on, until an operator releases it ("brake release") or the hub hears of them again.',
  ].join('\n'),
  options: { ...sourceOption, ...orderOptions, ...folderOption, ...jsonOption },
  examples: ['npm run hub -- unprotect break.glass@acme.com'],
  exits: { ok: 'taken off', no: 'they were not on it' },
  async run(call) {
    const { words, options, terminal } = call
    const who = readWord(words, { command: 'unprotect', what: 'e-mail or id' })
    return withJournal(call, async (journal) => {
      const person = await findMeant(journal, { who, source: options.source })
      const note = readNote(options)
      const was = await journal.orders.unprotect({ ...person, ...note })
      if (options.json) printJson(terminal, { ...person, wasProtected: was, ...note })
      else terminal.out(was ? `${who} is not protected any more.` : `${who} was not protected.`)
      return was
    })
  },
}

import type { SessionRow } from '../../journal/index.ts'
import { completeId } from '../../operate/one-id.ts'
import { endSession } from '../../signin/end-session.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readAdministrator, readNote } from '../setup/operator-orders.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWord, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

export const session: CliCommand = {
  usage: 'session list | session end <ses_…>',
  help: [
    'Sessions of people who signed in with a browser (docs/api.md).',
    'list  lists the sessions of everybody, those that are over too.',
    'end   ends one: its next request is refused. Who ended which session stays on record.',
  ].join('\n'),
  options: { ...orderOptions, ...folderOption, ...jsonOption },
  examples: [
    'npm run hub -- session list',
    'npm run hub -- session end ses_01kd2v7w8e9mhx3k5c1r4t6y8z --reason "a lost laptop"',
  ],
  exits: { ok: 'listed or ended', no: 'there is no such session, or it was ended before' },
  async run(call) {
    const [verb, ...words] = call.words
    if (verb === 'list') return listAll({ ...call, words })
    if (verb === 'end') return endOne({ ...call, words })
    throw new WrongUsage({
      what: verb === undefined ? 'A word is missing.' : `"session" knows no "${verb}".`,
      why: 'Sessions are listed and ended. They begin in a browser.',
      fix: 'See "npm run hub -- session --help".',
    })
  },
}

async function endOne(call: Call): Promise<boolean> {
  const { words, options, terminal } = call
  const word = readWord(words, { command: 'session end', what: 'ses_…' })
  return withJournal(call, async (journal) => {
    const id = await completeId(journal, word)
    await endSession(journal, readAdministrator(options), { id, reason: readNote(options).reason })
    if (options.json) printJson(terminal, { id, ended: true })
    else terminal.out(`${id} is ended: its next request is refused.`)
    return true
  })
}

async function listAll(call: Call): Promise<boolean> {
  refuseWords(call.words, 'session list')
  const { options, terminal } = call
  return withJournal(call, async (journal) => {
    const rows = await journal.records.listSessions({})
    if (options.json) printJson(terminal, rows)
    else if (rows.length === 0) terminal.out('There is no session.')
    else printLines(terminal, formatSessions(rows, terminal))
    return true
  })
}

function formatSessions(rows: readonly SessionRow[], { paint, width }: Terminal): string[] {
  const now = new Date()
  const columns: Column<SessionRow>[] = [
    { title: 'SESSION', cell: ({ id }) => id, shrinksTo: 14 },
    { title: 'WHO', cell: ({ name, email, account }) => name ?? email ?? account, shrinksTo: 12 },
    { title: 'WAY', cell: ({ way }) => way },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'SINCE', cell: ({ madeAt }) => formatTime(madeAt, now) },
    { title: 'ENDS', cell: (row) => describeEnd(row, now), paint: (text, { over }) => (over ? paint.dim(text) : text) },
    {
      title: 'USED',
      cell: ({ lastUsedAt }) => (lastUsedAt ? formatTime(lastUsedAt, now) : 'never'),
      dispensable: true,
    },
  ]
  return formatTable(rows, columns, { width, bold: paint.bold })
}

function describeEnd({ over, expiresAt, endedAt }: SessionRow, now: Date): string {
  if (endedAt) return `ended ${formatTime(endedAt, now)}`
  return over ? 'over' : formatTime(expiresAt, now)
}

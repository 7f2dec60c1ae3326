import { type AuditAct, auditActs } from '../../core/audit.ts'
import type { Journal } from '../../journal/index.ts'
import { type AuditQuery, exportAudit, listAudit } from '../../operate/audit.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { type Call, type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { readTime, readWholeNumber, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'
import { formatAudit } from '../views/audit-table.ts'

const mostNumbers = Number.MAX_SAFE_INTEGER

/** So many to a line. */
const actsInLine = 9

function listActs(): string {
  const lines = Array.from({ length: Math.ceil(auditActs.length / actsInLine) }, (_, i) =>
    auditActs.slice(i * actsInLine, (i + 1) * actsInLine).join(', '),
  )
  return lines.join(',\n')
}

export const audit: CliCommand = {
  usage: 'audit [--actor <who>] [--act <act>] [--target <id or who>] [--since <time>] [--jsonl [--after <number>]]',
  help: [
    'Lists what is on record, the newest first: every act of an operator and every decision of the hub’s own, with who,',
    'by which way, on what, when and why. Rows are never changed nor pruned. A name or reason can be erased; then the',
    'row says so. Upkeep numbers the rows without a gap, some seconds later.',
    `Acts: ${listActs()}.`,
    '--jsonl prints all that is numbered, one JSON object a line, by number: keep the last number that you had, and go on',
    'with --after; nothing comes before it later.',
  ].join('\n'),
  options: {
    actor: {
      type: 'string',
      value: '<who>',
      describe: 'only of this system user, token owner or given name; hub: its own',
    },
    act: { type: 'string', value: '<act>', describe: 'only this act' },
    target: { type: 'string', value: '<id or who>', describe: 'only about this: dlv_…, per_…, a connector, an e-mail' },
    since: { type: 'string', value: '<time>', describe: 'only from then on: 30m, 2h, 3d, or 2026-05-14T02:10' },
    limit: { type: 'string', value: '<n>', describe: 'how many at most (default: 50)' },
    before: { type: 'string', value: '<id>', describe: 'only older than this row: the next page' },
    jsonl: { type: 'boolean', describe: 'print all that is numbered as JSON Lines, for archives and programs' },
    after: { type: 'string', value: '<number>', describe: 'with --jsonl: only beyond this number' },
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- audit --act cancel --since 30d',
    'npm run hub -- audit --target lena.park@acme.com',
    'npm run hub -- audit --jsonl --after 1200 >> audit.jsonl',
  ],
  exits: { ok: 'listed, even if nothing fits', no: 'the journal cannot be read' },
  async run(call) {
    const { words, options } = call
    refuseWords(words, 'audit')
    const query = readQuery(options)
    refuseTogether(options)
    return withJournal(call, async (journal) => {
      if (options.jsonl) await printLinesOfJson(journal, { call, query })
      else await printPage(journal, { call, query })
      return true
    })
  },
}

type Listing = { call: Call; query: AuditQuery }

async function printPage(journal: Journal, { call: { terminal, options }, query }: Listing): Promise<void> {
  const limit = readWholeNumber(options.limit, { option: '--limit', fallback: 50, least: 1, most: 1000 })
  const after = typeof options.before === 'string' ? options.before : undefined
  const { entries, next } = await listAudit(journal, { query, limit, after })
  const tell = options.json ? terminal.note : (text: string) => terminal.out(`\n${text}`)
  if (options.json) printJson(terminal, entries)
  else if (entries.length === 0) terminal.out('Nothing on record fits.')
  else printLines(terminal, formatAudit(entries, { terminal, now: new Date() }))
  if (next !== null) tell(`The newest ${limit}; older ones: --before ${next}`)
}

async function printLinesOfJson(journal: Journal, { call: { terminal, options }, query }: Listing): Promise<void> {
  const after = readWholeNumber(options.after, { option: '--after', fallback: 0, least: 0, most: mostNumbers })
  for await (const entry of exportAudit(journal, { query, after })) terminal.out(JSON.stringify(entry))
}

function readQuery({ actor, act, target, since }: Given): AuditQuery {
  return {
    actor: textOf(actor),
    target: textOf(target),
    act: act === undefined ? undefined : readAct(String(act)),
    since: since === undefined ? undefined : readTime(since, { option: '--since', now: new Date() }),
  }
}

function textOf(given: Given[string]): string | undefined {
  return typeof given === 'string' ? given : undefined
}

function readAct(given: string): AuditAct {
  const act = auditActs.find((one) => one === given)
  if (act) return act
  const meant = findClosest(given, auditActs)
  throw new WrongUsage({
    what: `--act ${given} is none.`,
    why: `Acts are: ${auditActs.join(', ')}.`,
    fix: `Write --act ${meant ?? 'replay'}, for instance.`,
  })
}

function refuseTogether({ jsonl, json, after, before, limit }: Given): void {
  const wrong = jsonl
    ? [json && '--json', before !== undefined && '--before', limit !== undefined && '--limit']
    : [after !== undefined && '--after']
  const [first] = wrong.filter((one) => typeof one === 'string')
  if (first === undefined) return
  throw new WrongUsage({
    what: jsonl ? `${first} does not go with --jsonl.` : `${first} goes with --jsonl alone.`,
    why: '--jsonl prints all that is numbered, by number; without it the newest rows are listed.',
    fix: jsonl ? `Leave ${first} out.` : 'Write --jsonl --after <number>.',
  })
}

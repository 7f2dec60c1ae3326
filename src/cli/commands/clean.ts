import { join, resolve } from 'node:path'
import { errorMessage, UsageError } from '../../core/errors.ts'
import {
  listSharedDatabases,
  removeSharedDatabase,
  type SharedDatabase,
  type SharedKind,
} from '../../node/postgres/shared-databases.ts'
import { sharedFolder } from '../../node/postgres/shared-folder.ts'
import { folderOption } from '../setup/open-journal.ts'
import { confirm } from '../terminal/ask.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { printJson } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount, formatTime } from '../terminal/text.ts'
import { formatBytes, whoseIs } from '../views/shared-database-lines.ts'

export const clean: CliCommand = {
  usage: 'clean [<folder>…] [--yes]',
  help: [
    'Where the hub runs as root, its embedded database may live in a folder of its own under /var/lib/bellhop, which',
    'stays when .bellhop is deleted. This lists those whose .bellhop is gone, with their size, asks, and removes them for',
    'good. One that a hub still points to, or whose server runs, is never removed, and no link is followed.',
    'Of a folder that an older version made it is not known whose it is: it is removed only when it is named.',
  ].join('\n'),
  options: { yes: { type: 'boolean', describe: 'do not ask' }, ...folderOption, ...jsonOption },
  examples: ['npm run hub -- clean', 'npm run hub -- clean /var/lib/bellhop/0123456789abcdef --yes'],
  exits: {
    ok: 'removed, or there was nothing to remove',
    no: 'not all of it was removed: you did not say yes, or it failed',
  },
  async run(call) {
    const { words, options, terminal } = call
    const own = join(resolve(typeof options.folder === 'string' ? options.folder : '.'), '.bellhop')
    const all = await listSharedDatabases({ own })
    const found = words.length > 0 ? words.map((word) => choose(word, all)) : all.filter(({ kind }) => kind === 'gone')
    if (!options.json) printFound(terminal, { all, found })
    const agreed = found.length > 0 && (await agree(call, found))
    const removed = agreed ? await removeAll(found, terminal) : []
    if (options.json) printJson(terminal, { found, removed })
    const isClosed = found.length === 0 && all.some(({ kind }) => kind === 'closed')
    return removed.length === found.length && !isClosed
  },
}

const refusals: Record<Exclude<SharedKind, 'gone' | 'unknown'>, [why: string, fix: string]> = {
  in_use: [
    'A hub has its database there.',
    'Delete the .bellhop folder of that hub first, if it is not needed any more.',
  ],
  running: ['Its server runs.', 'End the hub that uses it, or its server: the pid is in postgres/data/postmaster.pid.'],
  closed: ['Only root can look into it.', 'Run the command as root.'],
  foreign: [
    'It is not a folder that the hub made there.',
    'See what it is, and remove it by hand if it is not needed.',
  ],
}

function choose(word: string, all: readonly SharedDatabase[]): SharedDatabase {
  const path = resolve(sharedFolder, word)
  const found = all.find((one) => one.path === path)
  if (found?.kind === 'gone' || found?.kind === 'unknown') return found
  const [why, fix] = found
    ? refusals[found.kind]
    : [`There is no such folder in ${sharedFolder}.`, 'See what there is: npm run hub -- clean']
  throw new UsageError({ what: `${path} is not removed.`, why, fix })
}

function printFound(terminal: Terminal, { all, found }: Record<'all' | 'found', readonly SharedDatabase[]>): void {
  const now = new Date()
  for (const one of found) {
    const used = one.usedAt === null ? 'never used' : `last used ${formatTime(one.usedAt, now)}`
    terminal.out(`${one.path}: ${formatBytes(one.bytes)}, ${used}. ${whoseIs(one)}`)
  }
  for (const one of all.filter(({ kind }) => kind === 'running')) {
    terminal.out(`${one.path} is left: its server runs. ${whoseIs(one)}`)
  }
  for (const one of all.filter((each) => each.kind === 'unknown' && !found.includes(each))) {
    terminal.out(`${one.path} is left (${formatBytes(one.bytes)}): ${whoseIs(one)} Name it to remove it.`)
  }
  if (found.length > 0) return
  const closed = all.filter(({ kind }) => kind === 'closed').length
  if (closed > 0)
    terminal.out(`Only root can look into ${formatCount(closed, 'folder')} of ${sharedFolder}: run this as root.`)
  else if (all.length > 0) terminal.out(`Nothing to remove in ${sharedFolder}.`)
  else terminal.out(`Nothing to remove: no hub ran as root on this machine and left a database in ${sharedFolder}.`)
}

async function agree({ options, terminal }: Call, found: readonly SharedDatabase[]): Promise<boolean> {
  if (options.yes) return true
  const bytes = found.reduce((sum, one) => sum + one.bytes, 0)
  const sum = `${formatCount(found.length, 'database')}, ${formatBytes(bytes)}`
  if (terminal.canAsk && !options.json) return confirm(`\nRemove ${sum}, for good?`)
  if (!options.json) terminal.out(`\n${sum}. Nothing was removed: add --yes to do it.`)
  return false
}

async function removeAll(found: readonly SharedDatabase[], terminal: Terminal): Promise<string[]> {
  const removed: string[] = []
  for (const { path } of found) {
    try {
      await removeSharedDatabase({ path })
      removed.push(path)
      terminal.note(`${path} is removed.`)
    } catch (thrown) {
      terminal.note(`${path} is not removed: ${errorMessage(thrown)}`)
    }
  }
  return removed
}

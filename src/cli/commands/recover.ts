import type { DeliveryRow } from '../../journal/index.ts'
import { explainWaiting } from '../../operate/outlook.ts'
import { replayMany } from '../../operate/replay-orders.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readNote, readOrder } from '../setup/operator-orders.ts'
import { confirm } from '../terminal/ask.ts'
import { type Call, type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { printJson, printLines, startProgress } from '../terminal/output.ts'
import { formatCount, formatLocalTime, parseSince } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { formatDeliveries } from '../views/delivery-table.ts'
import { formatWaiting } from '../views/waiting-lines.ts'

const mostShown = 50

export const recover: CliCommand = {
  usage: 'recover --since <time or span> [--yes] [--reason <text>]',
  help: [
    'Replays everything since a time that failed, was held, contradicted, or found no user, and what waits after a',
    'failed try. First it lists what that is; then it asks, or goes on at once with --yes. Last it says what else waits,',
    'and for what: a paused connector, a hub, the next try. Who recovered them stays on record, with the reason: of more than',
    'one delivery it has to be given.',
    'Replaying is safe to repeat: the hub asks the authority what is true now. Superseded deliveries never run again.',
  ].join('\n'),
  options: {
    since: { type: 'string', value: '<time>', describe: '90s, 30m, 2h, 3d, or a time such as 2026-05-14T08:30' },
    yes: { type: 'boolean', describe: 'do not ask' },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- recover --since 2h',
    'npm run hub -- recover --since 2026-05-14T08:30 --yes --reason "the vendor is back"',
  ],
  exits: { ok: 'all of it is due now, or there was nothing', no: 'it was only listed: you did not say yes' },
  async run(call) {
    const { words, options, terminal } = call
    refuseWords(words, 'recover')
    const since = readSince(options.since, new Date())
    return withJournal(call, async (journal) => {
      const ids = await journal.records.findFailedSince(since.toISOString())
      const rows = await journal.records.listDeliveries({ ids, limit: Math.max(ids.length, 1) })
      const agreed =
        ids.length > 0 && (options.json ? isOrdered(options, ids) : await askToReplay(rows, { call, since }))
      const bar = startProgress(terminal, { label: 'Replaying', total: ids.length })
      const order = { ids: agreed ? ids : [], ...readNote(options), onProgress: bar.advance }
      const replayed = await replayMany(journal, order).finally(bar.end)
      const waiting = await explainWaiting(journal)
      if (options.json) printJson(terminal, { since: since.toISOString(), found: rows, replayed, waiting })
      else {
        const now = new Date()
        if (ids.length === 0) terminal.out(`Nothing to replay since ${formatLocalTime(since.toISOString(), now)}.`)
        if (replayed.length > 0)
          terminal.out(`${formatCount(replayed.length, 'delivery is', 'deliveries are')} due now.`)
        printLines(terminal, formatWaiting(waiting, now))
      }
      return ids.length === 0 || agreed
    })
  },
}

/** Of programs nobody can be asked. */
function isOrdered(options: Given, ids: readonly string[]): boolean {
  if (options.yes === true && ids.length > 1) readOrder(options, 'npm run hub -- recover --since 2h')
  return options.yes === true
}

function readSince(given: string | boolean | undefined, now: Date): Date {
  const since = typeof given === 'string' ? parseSince(given, now) : null
  if (since && since <= now) return since
  throw new WrongUsage({
    what: given === undefined ? '--since is missing.' : `--since ${given} is no time in the past.`,
    why: 'Only you know when the trouble began.',
    fix: 'Write a span such as 2h, 30m or 3d, or a time such as 2026-05-14T08:30.',
  })
}

async function askToReplay(
  rows: readonly DeliveryRow[],
  { call, since }: { call: Call; since: Date },
): Promise<boolean> {
  const { terminal, options } = call
  const now = new Date()
  printLines(terminal, formatDeliveries(rows.slice(0, mostShown), { terminal, now }))
  if (rows.length > mostShown) terminal.out(`\n… and ${rows.length - mostShown} more; --json lists them all.`)
  const isUnexplained = rows.length > 1 && readNote(options).reason === null
  // Throws: an act on many says why.
  if (isUnexplained && options.yes) readOrder(options, 'npm run hub -- recover --since 2h')
  const sum = `${formatCount(rows.length, 'delivery', 'deliveries')} since ${formatLocalTime(since.toISOString(), now)}`
  if (options.yes) return true
  if (isUnexplained) {
    terminal.out(`\n${sum}. Nothing was replayed: add --reason "…", which stays on record.`)
    return false
  }
  if (terminal.canAsk) return confirm(`\nReplay ${sum}?`)
  terminal.out(`\n${sum}. Nothing was replayed: add --yes to do it.`)
  return false
}

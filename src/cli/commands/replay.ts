import { systemClock } from '../../core/clock.ts'
import type { Journal } from '../../journal/index.ts'
import { makePlanDeliveries } from '../../operate/batches/plan-deliveries.ts'
import { findNamed, type ReplayAnswer, replayNamed } from '../../operate/replay-orders.ts'
import { openInstalledFrom } from '../setup/open-installed.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readNote } from '../setup/operator-orders.ts'
import { formatTable } from '../terminal/columns.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { formatPlan } from '../views/batch-lines.ts'
import { formatWait } from '../views/waiting-lines.ts'

export const replay: CliCommand = {
  usage: 'replay <dlv_…> [<dlv_…> …] [--reason <text> | --preview]',
  help: [
    'Makes deliveries due again, now, whatever became of them. The running hub takes them within a second; if no hub',
    'runs, or the connector is paused, it says so. Who replayed them stays on record, with the reason if you give one.',
    'It is safe to repeat: the hub first asks the authority what is true now, and writes only what differs from that.',
    'Only an event handler of a connector of your own (its kind is "on") does its work once more.',
    'A superseded delivery never runs again, and a provision neither: a late grant must not give access after a revoke. Ask for',
    'it again at the platform. A validate or preapprove is put to the connector again and its answer is recorded ("show"',
    'has it): it is sent to no one.',
    'A deprovision that was not in the allow-list is looked up in the allow-list anew and carried out; a trial of a hook is not.',
    "An event's id (evt_…) stands for all of its deliveries. The beginning of an id will do, if no other id begins so.",
  ].join('\n'),
  options: {
    preview: { type: 'boolean', describe: 'say what it would do now, and do nothing: the vendors are asked' },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- replay dlv_01kd2v7w8e9mhx3k5c1r4t6y8z'],
  exits: { ok: 'all of them are due', no: 'at least one is not: superseded, a provision, a trial, or unknown' },
  async run(call) {
    const { words, options, terminal } = call
    if (words.length === 0) {
      throw new WrongUsage({
        what: 'The ids are missing.',
        why: 'A replay is of deliveries that you name.',
        fix: 'Find them with "npm run hub -- deliveries", or replay all that failed with "npm run hub -- recover".',
      })
    }
    if (options.preview) return withJournal(call, (journal) => preview(journal, call))
    return withJournal(call, async (journal) => {
      const answers = await replayNamed(journal, { words, ...readNote(options) })
      const { paint, width } = terminal
      if (options.json) printJson(terminal, answers)
      else {
        const columns = [
          { title: 'DELIVERY', cell: ({ id }: ReplayAnswer) => id },
          {
            title: 'REPLAYED',
            cell: ({ replayed }: ReplayAnswer) => (replayed ? 'yes' : 'no'),
            paint: (text: string, { replayed }: ReplayAnswer) => (replayed ? paint.green(text) : paint.red(text)),
          },
          { title: '', cell: ({ detail }: ReplayAnswer) => detail },
        ]
        printLines(terminal, formatTable(answers, columns, { width, bold: paint.bold }))
        const waits = new Map(answers.flatMap(({ waitsFor }) => (waitsFor ? [[waitsFor.why, waitsFor]] : [])))
        const now = new Date()
        for (const wait of waits.values()) terminal.out(`\n${paint.yellow(`It waits: ${formatWait(wait, now)}`)}`)
        if (answers.some(({ replayed }) => replayed)) terminal.out('\nWatch it with "npm run hub -- show <id>".')
      }
      return answers.every(({ replayed }) => replayed)
    })
  },
}

/** Plans what the replay would do, as a batch does, and replays nothing. False: of one at least it cannot be told. */
async function preview(journal: Journal, { words, options, environment, terminal }: Call): Promise<boolean> {
  const installed = openInstalledFrom(environment)
  const planDeliveries = makePlanDeliveries({ journal, installed, clock: systemClock })
  const plans = await planDeliveries(await findNamed(journal, words), new AbortController().signal)
  if (options.json) printJson(terminal, Object.fromEntries(plans))
  else
    printLines(
      terminal,
      [...plans].flatMap(([id, plan]) => formatPlan(id, plan)),
    )
  return [...plans.values()].every(({ plan }) => plan !== 'cannot_tell')
}

import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryKind } from '../../core/queue.ts'
import type { Journal } from '../../journal/index.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { formatTable } from '../terminal/columns.ts'
import { type CliCommand, jsonOption } from '../terminal/command.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

type Replay = { id: string; replayed: boolean; from: DeliveryStatus | null; detail: string }

export const replay: CliCommand = {
  usage: 'replay <dlv_…> [<dlv_…> …]',
  help: [
    'Makes deliveries due again, now, whatever became of them. The running hub takes them within a second.',
    'It is safe to repeat: the hub first asks the authority what is true now, and writes only what differs from that.',
    'Only an event handler of a connector of your own (its kind is "on") does its work once more.',
    'A superseded delivery never runs again, and a provision neither: a late grant must not give access after a revoke. Ask for',
    'it again at the platform. A validate or preapprove is put to the connector again and its answer is recorded ("show"',
    'has it): it is sent to no one.',
    'A deprovision that was not in the allow-list is looked up in the allow-list anew and carried out; a trial of a hook is not.',
    "An event's id (evt_…) stands for all of its deliveries.",
  ].join('\n'),
  options: { ...folderOption, ...jsonOption },
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
    return withJournal(call, async (journal) => {
      const answers = await replayAll(journal, words)
      const { paint, width } = terminal
      if (options.json) printJson(terminal, answers)
      else {
        const columns = [
          { title: 'DELIVERY', cell: ({ id }: Replay) => id },
          {
            title: 'REPLAYED',
            cell: ({ replayed }: Replay) => (replayed ? 'yes' : 'no'),
            paint: (text: string, { replayed }: Replay) => (replayed ? paint.green(text) : paint.red(text)),
          },
          { title: '', cell: ({ detail }: Replay) => detail },
        ]
        printLines(terminal, formatTable(answers, columns, { width, bold: paint.bold }))
        if (answers.some(({ replayed }) => replayed)) terminal.out('\nWatch it with "npm run hub -- show <id>".')
      }
      return answers.every(({ replayed }) => replayed)
    })
  },
}

async function replayAll(journal: Journal, words: readonly string[]): Promise<Replay[]> {
  const named = await Promise.all(words.map((word) => deliveriesOf(journal, word)))
  const ids = [...new Set(named.flat())]
  const done = new Map((await journal.orders.replay({ ids })).map((each) => [each.id, each]))
  return Promise.all(
    ids.map(async (id): Promise<Replay> => {
      const replayed = done.get(id)
      if (replayed) {
        const asks = isQuestion(replayed.kind) ? ': it is asked again, and the answer is sent to no one' : ''
        return { id, replayed: true, from: replayed.from, detail: `was ${replayed.from}, is due now${asks}` }
      }
      return { id, replayed: false, ...(await explainRefusal(journal, id)) }
    }),
  )
}

async function deliveriesOf(journal: Journal, word: string): Promise<string[]> {
  if (!word.startsWith('evt_')) return [word]
  const rows = await journal.records.listDeliveries({ event: word, limit: 1000 })
  return rows.length > 0 ? rows.map(({ id }) => id) : [word]
}

async function explainRefusal(journal: Journal, id: string): Promise<Pick<Replay, 'from' | 'detail'>> {
  const delivery = await journal.records.showDelivery(id)
  if (!delivery) return { from: null, detail: 'there is no such delivery' }
  const { status, kind, inline } = delivery
  if (inline?.asked.trial) {
    return {
      from: status,
      detail: "it was a trial of the hook: it concerns no person's access, and there is nothing to do again",
    }
  }
  const overtaken = 'superseded: something later overtook it, and it never runs again'
  const late =
    'nothing was done: its sender waits no more, and a late grant never happens. Have it asked for again at the platform'
  const atTheDoor = 'it was settled when it came in, and stands in no queue. Have it asked for again at the platform'
  const changed = kind === 'deprovision' ? atTheDoor : 'it changed meanwhile: try again'
  return { from: status, detail: kind === 'provision' ? late : status === 'superseded' ? overtaken : changed }
}

function isQuestion(kind: DeliveryKind): boolean {
  return kind === 'validate' || kind === 'preapprove'
}

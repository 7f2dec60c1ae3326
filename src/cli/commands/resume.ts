import { systemClock } from '../../core/clock.ts'
import { resumeConnector } from '../../operate/resume-connector.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readOrder } from '../setup/operator-orders.ts'
import { formatTable } from '../terminal/columns.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWord, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { formatTime } from '../terminal/text.ts'

export const resume: CliCommand = {
  usage: 'resume <connector> --reason <text> | resume list',
  help: [
    'Ends the pause of a connector whose credential was refused. Nobody needs it where the vendor takes the credential',
    'again: the hub asks at its start and every minute, and goes on by itself. Where the credential is still refused,',
    'the next delivery pauses the connector again, and nothing is used up.',
    '"resume list" shows what is paused now, and what operators resumed.',
  ].join('\n'),
  options: { ...orderOptions, ...folderOption, ...jsonOption },
  examples: ['npm run hub -- resume auth0 --reason "the secret was rotated"', 'npm run hub -- resume list'],
  exits: { ok: 'resumed, or listed', no: 'it was not paused' },
  async run(call) {
    const { words, options, terminal } = call
    if (words[0] === 'list') return list({ ...call, words: words.slice(1) })
    const connector = readWord(words, { command: 'resume', what: 'connector' })
    const note = readOrder(options, `npm run hub -- resume ${connector}`)
    return withJournal(call, async (journal) => {
      const wasPaused = await resumeConnector({ journal, clock: systemClock }, { connector, ...note })
      if (options.json) printJson(terminal, { connector, wasPaused, ...note })
      else terminal.out(wasPaused ? `${connector} goes on.` : `${connector} was not paused.`)
      return wasPaused
    })
  },
}

async function list(call: Call): Promise<boolean> {
  refuseWords(call.words, 'resume list')
  const { options, terminal } = call
  return withJournal(call, async (journal) => {
    const paused = (await journal.queue.listConnectorStates()).filter(({ pausedSince }) => pausedSince !== null)
    const orders = await journal.orders.listConnectorOrders()
    if (options.json) {
      printJson(terminal, { paused, orders })
      return true
    }
    const now = new Date()
    if (paused.length === 0) terminal.out('No connector is paused.')
    for (const { id, pausedSince, reason } of paused) {
      terminal.out(`${id} is paused since ${formatTime(pausedSince ?? '', now)}: ${reason}`)
    }
    if (orders.length === 0) return true
    const table = formatTable(
      orders,
      [
        { title: 'RESUMED', cell: ({ connector }) => connector },
        { title: 'AT', cell: ({ at }) => formatTime(at, now) },
        { title: 'BY', cell: ({ by }) => by },
        { title: 'REASON', cell: ({ reason }) => reason, shrinksTo: 12 },
      ],
      { width: terminal.width, bold: terminal.paint.bold },
    )
    printLines(terminal, ['', ...table])
    return true
  })
}

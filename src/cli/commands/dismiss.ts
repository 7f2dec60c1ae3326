import { systemClock } from '../../core/clock.ts'
import { dismissDelivery } from '../../operate/dismiss.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readOrder } from '../setup/operator-orders.ts'
import { type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'

export const dismiss: CliCommand = {
  usage: 'dismiss <dlv_…> --reason <text>',
  help: [
    'Ends a delivery that was set aside and that nobody waits for any more, such as a provision that was refused: it',
    'counts as failed no longer, in "doctor" and in the metrics. It stays in the journal, with your name and the reason.',
    'A lockout or a revoke is never dismissed: somebody may still have the access. It is only cancelled, with a reason,',
    'by "brake cancel <dlv_…>", and stays in "report leavers". What is still open goes on, and cannot be dismissed.',
  ].join('\n'),
  options: { ...orderOptions, ...folderOption, ...jsonOption },
  examples: ['npm run hub -- dismiss dlv_01kd2v7w8e9mhx3k5c1r4t6y8z --reason "asked for by mistake, ticket 4711"'],
  exits: { ok: 'dismissed', no: 'it is open, is done, takes access away, or is not known' },
  async run(call) {
    const { words, options, terminal } = call
    const word = readWord(words, { command: 'dismiss', what: 'dlv_…' })
    const note = readOrder(options, `npm run hub -- dismiss ${word}`)
    return withJournal(call, async (journal) => {
      const id = await dismissDelivery({ journal, clock: systemClock }, { delivery: word, ...note })
      if (options.json) printJson(terminal, { id, dismissed: true, ...note })
      else terminal.out(`${id} is dismissed: it rings no longer.`)
      return true
    })
  },
}

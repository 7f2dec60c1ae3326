import type { CliCommand } from '../cli-command.ts'
import { writeConnector } from '../setup/write-connector.ts'
import { oneWord } from '../terminal/words.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

const house = new URL('../../../', import.meta.url)

export const connector: CliCommand = {
  usage: 'connector new <id>',
  help: [
    'Writes the folder of a new connector, connectors/<id>/, and puts it into the list of the installed ones. It works',
    'as it stands: ten lines, described settings, a README that ends with how to undo it, and a test that calls it by',
    'invoke() over HTTP. Then make it speak the language of your system.',
  ].join('\n'),
  options: {},
  examples: ['npm run hub -- connector new time-clock'],
  exits: { ok: 'written', no: 'it could not be written' },
  async run({ words, terminal }) {
    const [verb, ...rest] = words
    if (verb !== 'new') {
      throw new WrongUsage({
        what: verb === undefined ? 'What to do is missing.' : `A connector cannot be told to "${verb}" here.`,
        why: 'This command makes a new one. "connectors" lists those that there are.',
        fix: 'Write "npm run hub -- connector new time-clock".',
      })
    }
    const id = oneWord(rest, { command: 'connector new', what: 'id' })
    const written = await writeConnector({ id, house })
    for (const path of written) terminal.out(path)
    terminal.note(`Next: npx vitest run connectors/${id}, then connectors/${id}/README.md.`)
    terminal.note('The tables of settings in the docs want it too: node_modules/.bin/node scripts/configuration-doc.ts')
    return true
  },
}

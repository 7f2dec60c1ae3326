import type { CliCommand } from '../cli-command.ts'
import { noWords } from '../terminal/words.ts'

export const start: CliCommand = {
  usage: 'start',
  help: [
    'Runs the hub with the settings of the environment until SIGTERM or Ctrl-C; the same as npm start.',
    'It migrates its database first. A wrong environment is refused with every problem and its fix.',
  ].join('\n'),
  options: {},
  examples: ['npm run hub -- start'],
  exits: { ok: 'it was told to end, and ended in order', no: 'it could not start' },
  staysUp: true,
  async run({ words }) {
    noWords(words, 'start')
    await import('../../node.ts')
    return process.exitCode === undefined
  },
}

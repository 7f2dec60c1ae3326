import { migrate as bringUp, migrationState } from '../../journal/index.ts'
import { folderOption, withDatabase } from '../setup/open-journal.ts'
import { readOperator } from '../setup/operator-orders.ts'
import { type CliCommand, jsonOption } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'

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
  async run({ words, environment }) {
    refuseWords(words, 'start')
    const { startHub } = await import('../../node/start-hub.ts')
    const { connectors } = await import('../../../connectors/index.ts')
    await startHub(environment, connectors)
    return process.exitCode === undefined
  },
}

export const migrate: CliCommand = {
  usage: 'migrate [--check]',
  help: [
    "Brings the database to this version's schema; the hub does the same when it starts. Several may run at once.",
    'It never goes back: before an upgrade, make a backup of the database.',
  ].join('\n'),
  options: {
    check: { type: 'boolean', describe: 'only say what is missing, and exit with 1 if anything is' },
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- migrate', 'DATABASE_URL=postgres://… npm run hub -- migrate --check'],
  exits: { ok: 'the database is at this version', no: 'it is not: --check found something missing, or it failed' },
  async run(call) {
    const { words, options, terminal } = call
    refuseWords(words, 'migrate')
    const check = options.check === true
    const work = async ({ sql, migrations, description }: Parameters<Parameters<typeof withDatabase>[1]>[0]) => {
      const before = await migrationState(sql, migrations)
      const done = check ? [] : (await bringUp(sql, migrations, readOperator({}))).map(({ name }) => name)
      const pending = before.pending.filter((name) => !done.includes(name))
      const applied = [...before.applied, ...done]
      if (options.json) printJson(terminal, { database: description, applied, done, pending })
      else {
        for (const name of done) terminal.out(`Applied ${name}.`)
        for (const name of pending) terminal.out(`Missing: ${name}.`)
        if (pending.length === 0)
          terminal.out(`${description} is at ${applied.at(-1)}, ${describeStanding(before.newer)}.`)
      }
      return pending.length === 0
    }
    return withDatabase(call, work, { create: !check })
  },
}

function describeStanding(newer: readonly string[]): string {
  if (newer.length === 0) return 'the newest this version knows'
  return 'which a newer version has applied; this version works with it'
}

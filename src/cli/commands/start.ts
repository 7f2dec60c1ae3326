import { migrate as bringUp, grantRunTime, migrationState } from '../../journal/index.ts'
import { folderOption, withDatabase } from '../setup/open-journal.ts'
import { readOperator } from '../setup/operator-orders.ts'
import { type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

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
  usage: 'migrate [--check | --run-as <role>]',
  help: [
    "Brings the database to this version's schema; the hub does the same when it starts. Several may run at once.",
    'It never goes back: before an upgrade, make a backup of the database.',
    'With --run-as the hub runs as another role than the one that migrates, and can only add to what is on record.',
  ].join('\n'),
  options: {
    check: { type: 'boolean', describe: 'only say what is missing, and exit with 1 if anything is' },
    'run-as': {
      type: 'string',
      value: '<role>',
      describe: 'then give this role of the database what a running hub needs',
    },
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- migrate', 'DATABASE_URL=postgres://… npm run hub -- migrate --check'],
  exits: { ok: 'the database is at this version', no: 'it is not: --check found something missing, or it failed' },
  async run(call) {
    const { words, options, terminal } = call
    refuseWords(words, 'migrate')
    const check = options.check === true
    const role = readRole(options)
    const work = async ({ sql, migrations, description }: Parameters<Parameters<typeof withDatabase>[1]>[0]) => {
      const before = await migrationState(sql, migrations)
      const done = check ? [] : (await bringUp(sql, migrations, readOperator({}))).map(({ name }) => name)
      const pending = before.pending.filter((name) => !done.includes(name))
      const applied = [...before.applied, ...done]
      if (role !== null) await grantRunTime(sql, role)
      if (options.json) printJson(terminal, { database: description, applied, done, pending })
      else {
        for (const name of done) terminal.out(`Applied ${name}.`)
        for (const name of pending) terminal.out(`Missing: ${name}.`)
        if (role !== null) terminal.out(`${role} has what a running hub needs.`)
        if (pending.length === 0)
          terminal.out(`${description} is at ${applied.at(-1)}, ${describeStanding(before.newer)}.`)
      }
      return pending.length === 0
    }
    return withDatabase(call, work, { create: !check })
  },
}

function readRole({ 'run-as': role, check }: Given): string | null {
  if (typeof role !== 'string') return null
  if (!check) return role
  throw new WrongUsage({
    what: '--run-as does not go with --check.',
    why: '--check changes nothing.',
    fix: 'Leave one out.',
  })
}

function describeStanding(newer: readonly string[]): string {
  if (newer.length === 0) return 'the newest this version knows'
  return 'which a newer version has applied; this version works with it'
}

import { alignRows } from './terminal/columns.ts'
import type { CliCommand, CliOptions, CommandEntry } from './terminal/command.ts'
import { commonOptions } from './terminal/options.ts'
import type { Paint } from './terminal/terminal.ts'

/** What connectors bring along, repeated here so that the overview need not load them. */
const connectorCommands: [string, string][] = [
  ['okta install-hook', 'create or update the event hook in Okta, and have it verified'],
  ['okta resync', 'look at everybody who changed since a time, or at everybody'],
  ['auth0 deploy-action', 'bring the login Action to Auth0; --check only compares'],
]

/** The overview: every command in a line. */
export function formatOverview(table: readonly CommandEntry[], paint: Paint): string {
  const rows = table.map(({ name, summary }): [string, string] => [name, summary])
  return [
    'Bellhop: deactivated in Okta, locked out of Auth0.',
    '',
    `${paint.bold('Usage')}  npm run hub -- <command> [options]`,
    '',
    paint.bold('Commands'),
    ...alignRows(rows),
    '',
    paint.bold('Commands of connectors'),
    ...alignRows(connectorCommands),
    '',
    'Every command has --help with its options and an example. Lists have --json.',
    'Exit codes: 0 it went well, 1 it failed or the answer is "no", 2 the command line is wrong.',
    '',
    'Settings come from the environment, as those of the hub do, or from a file: --env-file .env. Without DATABASE_URL',
    'it uses the embedded database of this folder (.bellhop/), whether the hub is running or not: call it where you',
    'call npm start.',
  ].join('\n')
}

/** All about one command. */
export function formatHelp({ name, summary, command }: Described, paint: Paint): string {
  const options: CliOptions = { ...command.options, ...commonOptions }
  const rows = Object.entries(options).map(([option, { type, value, describe }]): [string, string] => [
    `--${option}${type === 'string' ? ` ${value ?? '<value>'}` : ''}`,
    describe,
  ])
  return [
    `${paint.bold(name)}: ${summary}`,
    '',
    `${paint.bold('Usage')}  npm run hub -- ${command.usage}`,
    '',
    command.help,
    '',
    paint.bold('Options'),
    ...alignRows(rows),
    '',
    paint.bold(command.examples.length > 1 ? 'Examples' : 'Example'),
    ...command.examples.map((example) => `  ${example}`),
    '',
    paint.bold('Exit codes'),
    `  0  ${command.exits.ok}`,
    `  1  ${command.exits.no}`,
    '  2  the command line is wrong',
  ].join('\n')
}

type Described = { name: string; summary: string; command: CliCommand }

import { connectors } from '../../../connectors/index.ts'
import { checkIds } from '../../config/connector-ids.ts'
import { type Instance, instancesOf, prefixOf } from '../../config/instances.ts'
import type { Connector } from '../../core/connector.ts'
import { type Environment, type Problem, readSettings, requireSettings } from '../../core/settings.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `wrong`: with these settings the hub does not start. */
type State = 'on' | 'off' | 'wrong'

type Row = { id: string; kind: string; state: State; problems: Problem[]; members: string[] }

/** What a connector can have and be asked for, in the order of the contract. */
const capabilities = [
  ...([
    'read',
    'holders',
    'list',
    'moves',
    'sync',
    'actsFor',
    'on',
    'hears',
    'grants',
    'provision',
    'deprovision',
    'has',
  ] as const),
  ...(['preapprove', 'validate', 'doctor', 'commands'] as const),
] satisfies (keyof Connector)[]

export const connectorsCommand: CliCommand = {
  usage: 'connectors [--json]',
  help: [
    'Lists every installed connector, and every further instance by HUB_INSTANCES: on, off with the settings it lacks,',
    'or wrong with what is wrong; and which members it has. It reads the environment alone: no vendor is called, no',
    'database is needed. "doctor" goes further and asks the vendors.',
  ].join('\n'),
  options: jsonOption,
  examples: ['npm run hub -- connectors', 'npm run hub -- connectors --json'],
  exits: { ok: 'listed', no: 'listed, and the settings or the id of at least one are wrong' },
  async run({ words, options, environment, terminal }: Call) {
    refuseWords(words, 'connectors')
    const { sound, wrong } = checkIds(connectors)
    const kinds = sound.map(({ id }) => id)
    const rows = [
      ...instancesOf(kinds, environment).flatMap((instance) => rowOf(instance, environment)),
      ...wrong.map(({ connector, problem }): Row => {
        const id = String(connector.id ?? 'without an id')
        return { id, kind: id, state: 'wrong', problems: [problem], members: membersOf(connector) }
      }),
    ]
    if (options.json) printJson(terminal, rows)
    else printLines(terminal, formatConnectors(rows, terminal))
    return rows.every(({ state }) => state !== 'wrong')
  },
}

function rowOf(instance: Instance, environment: Environment): Row[] {
  const connector = connectors.find(({ id }) => id === instance.kind)
  if (!connector) return []
  return [{ ...instance, ...stateOf(connector, { instance, environment }), members: membersOf(connector) }]
}

function membersOf(connector: Connector): string[] {
  return capabilities.filter((member) => connector[member] !== undefined)
}

function stateOf(
  { config }: Connector,
  { instance, environment }: { instance: Instance; environment: Environment },
): Pick<Row, 'state' | 'problems'> {
  if (config === undefined) return { state: 'on', problems: [] }
  const read = readSettings(config, environment, prefixOf(instance))
  if ('value' in read) return { state: 'on', problems: [] }
  if ('problems' in read) return { state: 'wrong', problems: read.problems }
  const required = requireSettings(config, environment, prefixOf(instance))
  return { state: 'off', problems: 'problems' in required ? required.problems : [] }
}

function formatConnectors(rows: readonly Row[], { paint, width }: Terminal): string[] {
  const colour = { on: paint.green, off: paint.dim, wrong: paint.red }
  const columns: Column<Row>[] = [
    { title: 'CONNECTOR', cell: ({ id, kind }) => (id === kind ? id : `${id} (${kind})`) },
    { title: 'STATE', cell: ({ state }) => state, paint: (text, { state }) => colour[state](text) },
    { title: 'MEMBERS', cell: ({ members }) => members.join(' '), shrinksTo: 20 },
  ]
  const off = rows.filter(({ problems }) => problems.length > 0)
  const why = off.flatMap(({ id, state, problems }) => [
    '',
    state === 'off' ? `${id} is off, for lack of:` : `${id} keeps the hub from starting:`,
    ...problems.map(({ setting, what, fix }) => `  ${setting}${state === 'off' ? '' : ` ${what}`}. ${fix}`),
  ])
  return [...formatTable(rows, columns, { width, bold: paint.bold }), ...why]
}

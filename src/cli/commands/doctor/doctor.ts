import { join, resolve } from 'node:path'
import { connectors } from '../../../../connectors/index.ts'
import { readConfiguration } from '../../../config/configuration.ts'
import type { DoctorCheck } from '../../../core/connector.ts'
import { folderOption } from '../../setup/open-journal.ts'
import { type Call, type CliCommand, jsonOption } from '../../terminal/command.ts'
import { refuseWords } from '../../terminal/options.ts'
import { printJson, printLines, startProgress } from '../../terminal/output.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { formatCount, toPlainText } from '../../terminal/text.ts'
import { examineConnectors } from './examine-connectors.ts'
import { examineHub } from './examine-hub.ts'
import { examineJournal } from './examine-journal.ts'
import { examineLeftovers } from './examine-leftovers.ts'
import { examineConfiguration, examineInline } from './examine-settings.ts'
import { examineSignIn } from './examine-sign-in.ts'
import { examineWorker } from './examine-worker.ts'
import { examineWrangler } from './examine-wrangler.ts'

type Area = { area: string; checks: DoctorCheck[] }

export const doctor: CliCommand = {
  usage: 'doctor [--offline] | doctor --edge [--url <address>]',
  help: [
    'Looks at everything that must be right, changes nothing, and says of what is not how to mend it:',
    'the settings, the database and its schema, paused connectors, work that is stuck, held or owed, the credentials',
    'and their rights at the vendors, the event hook, the Action, what each inline hook of a request platform must show',
    'and how it is answered, the sign-in, and whether the hub answers at its address.',
    'Run it with the same environment as the hub.',
    'With --edge it looks at a hub on Cloudflare instead: at wrangler.toml, and, by HUB_DIAGNOSIS_TOKEN, at the Worker.',
  ].join('\n'),
  options: {
    offline: { type: 'boolean', describe: 'ask neither the vendors nor the hub: only settings, database and work' },
    edge: { type: 'boolean', describe: 'look at wrangler.toml and at the deployed Worker' },
    url: {
      type: 'string',
      value: '<address>',
      describe: 'with --edge: where the Worker answers (default: HUB_PUBLIC_URL)',
    },
    config: { type: 'string', value: '<file>', describe: 'with --edge: another file than wrangler.toml' },
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- doctor', 'npm run hub -- doctor --edge --url https://hub.example.com'],
  exits: { ok: 'no problem; there may be warnings', no: 'there is at least one problem' },
  async run(call) {
    const { words, options, terminal } = call
    refuseWords(words, 'doctor')
    const areas = options.edge ? await examineEdge(call) : await examine(call)
    const checks = areas.flatMap((area) => area.checks.map((check) => ({ area: area.area, ...check })))
    const count = (status: DoctorCheck['status']) => checks.filter((check) => check.status === status).length
    if (options.json) printJson(terminal, { problems: count('problem'), warnings: count('warning'), checks })
    else printAreas(areas, { terminal, problems: count('problem'), warnings: count('warning') })
    return count('problem') === 0
  },
}

async function examine(call: Call): Promise<Area[]> {
  const { environment, terminal, options } = call
  const read = readConfiguration(environment, connectors)
  const configuration = 'configuration' in read ? read.configuration : null
  const bar = startProgress(terminal, { label: 'Looking', total: options.offline ? 1 : 3 })
  const step = async <T>(work: Promise<T>) => {
    const answer = await work
    bar.advance()
    return answer
  }
  const [journal, hub] = await Promise.all([
    step(examineJournal(call)),
    options.offline ? [] : step(examineHub(environment)),
  ])
  // Afterwards: loading a vendor's SDK stops everything here for seconds on a busy machine, as if the hub did not answer.
  const vendors = options.offline ? [] : await step(examineConnectors(configuration))
  const signIn = configuration ? await examineSignIn(configuration, { offline: options.offline === true }) : []
  bar.end()
  const home = join(resolve(typeof options.folder === 'string' ? options.folder : '.'), '.bellhop')
  const leftovers = await examineLeftovers({ own: home })
  const own = examineConfiguration({ read, environment })
  // A connector that looks at its own secrets says it better.
  const said = vendors.map(({ detail }) => detail).join(' ')
  const settings = own.filter(({ name, status }) => status !== 'warning' || !said.includes(name))
  return [
    { area: 'Settings', checks: settings },
    { area: 'Request platforms', checks: configuration ? examineInline(configuration) : [] },
    { area: 'Database and work', checks: [...journal, ...leftovers] },
    { area: 'Vendors', checks: vendors },
    { area: 'The hub', checks: [...hub, ...signIn] },
  ]
}

async function examineEdge({ environment, options }: Call): Promise<Area[]> {
  const { checks, hyperdriveId } = await examineWrangler(String(options.config ?? 'wrangler.toml'))
  const url = typeof options.url === 'string' ? options.url : environment.HUB_PUBLIC_URL
  const worker = options.offline ? [] : await examineWorker({ url, environment, hyperdriveId })
  return [
    { area: 'wrangler.toml', checks },
    { area: 'The Worker', checks: worker },
  ]
}

type Sum = { terminal: Terminal; problems: number; warnings: number }

function printAreas(areas: readonly Area[], { terminal, problems, warnings }: Sum): void {
  const { paint } = terminal
  for (const { area, checks } of areas) {
    if (checks.length === 0) continue
    terminal.out(paint.bold(area))
    for (const check of checks) printLines(terminal, formatCheck(check, terminal))
    terminal.out('')
  }
  const found = problems + warnings > 0
  const sum = found ? `${formatCount(problems, 'problem')}, ${formatCount(warnings, 'warning')}.` : 'All is well.'
  terminal.out(problems > 0 ? paint.red(sum) : warnings > 0 ? paint.yellow(sum) : paint.green(sum))
}

function formatCheck({ name, status, detail, fix }: DoctorCheck, { paint }: Terminal): string[] {
  const mark = { ok: paint.green('✓'), warning: paint.yellow('!'), problem: paint.red('✗') }[status]
  const mend = status === 'ok' || !fix ? [] : [`      → ${toPlainText(fix)}`]
  return [`  ${mark} ${paint.bold(toPlainText(name))}: ${toPlainText(detail)}`, ...mend]
}

import { errorMessage, ownWords, UsageError } from '../core/errors.ts'
import type { Environment } from '../core/settings.ts'
import { takeEnvFiles } from '../node/env-file.ts'
import { formatHelp, formatOverview } from './help.ts'
import { commandTable } from './table.ts'
import type { CommandEntry } from './terminal/command.ts'
import { parseOptions } from './terminal/options.ts'
import { findSecrets, makeTerminal, type Terminal } from './terminal/terminal.ts'
import { findClosest, WrongUsage } from './terminal/wrong-usage.ts'

type CliEnd = { code: number; staysUp: boolean }

type Call = { args: string[]; environment: Environment; terminal?: Terminal }

type Line = { args: string[]; environment: Environment }

const helpWords = ['help', '--help', '-h']

/** Runs one command line: 0 it went well, 1 it failed or the answer is "no", 2 the line is wrong. */
export async function runCli({ args, environment, terminal = makeTerminal(environment) }: Call): Promise<CliEnd> {
  let line: Line = { args, environment }
  try {
    line = takeEnvFiles(line)
    return await dispatch(line, terminal)
  } catch (thrown) {
    for (const secret of findSecrets(line.environment)) terminal.hide(secret)
    for (const line of formatError(thrown)) terminal.note(line)
    return { code: thrown instanceof WrongUsage ? 2 : 1, staysUp: false }
  }
}

async function dispatch({ args, environment }: Line, terminal: Terminal): Promise<CliEnd> {
  const [first, ...rest] = args
  if (first === undefined || helpWords.includes(first)) {
    const [about] = first === 'help' ? rest : []
    if (about !== undefined) return dispatch({ args: [...rest, '--help'], environment }, terminal)
    terminal.out(formatOverview(commandTable, terminal.paint))
    return { code: first === undefined ? 2 : 0, staysUp: false }
  }
  const { entry, behind } = await findCommand(first, { rest, environment })
  const command = await entry.load()
  const { options, repeated, words } = parseOptions(behind, { command: entry.name, options: command.options })
  if (options.help) {
    terminal.out(formatHelp({ ...entry, command }, terminal.paint))
    return { code: 0, staysUp: false }
  }
  if (!command.showsCredentials) for (const secret of findSecrets(environment)) terminal.hide(secret)
  const wentWell = await command.run({ options, repeated, words, environment, terminal })
  return { code: wentWell ? 0 : 1, staysUp: wentWell && command.staysUp === true }
}

type Found = { entry: CommandEntry; behind: string[] }

async function findCommand(
  first: string,
  { rest, environment }: { rest: string[]; environment: Environment },
): Promise<Found> {
  const own = commandTable.find(({ name }) => name === first)
  if (own) return { entry: own, behind: rest }
  const { findVendorCommand, listVendorIds } = await import('./commands/vendor-commands.ts')
  const [second = '', ...behind] = rest
  const entry = findVendorCommand({ connector: first, name: second, environment })
  if (entry) return { entry, behind }
  const meant = findClosest(first, [...commandTable.map(({ name }) => name), ...listVendorIds(environment)])
  throw new WrongUsage({
    what: `Unknown command "${first}".`,
    why: first.startsWith('-') ? 'The command comes before its options.' : 'The hub has no command of this name.',
    fix: `${meant ? `Did you mean "${meant}"? ` : ''}"npm run hub -- --help" lists them all.`,
  })
}

/** What, why, and what to do: three lines. */
function formatError(thrown: unknown): string[] {
  const { what, why, fix } =
    thrown instanceof UsageError
      ? { what: ownWords(thrown), why: thrown.why, fix: thrown.fix }
      : { what: errorMessage(thrown), why: 'This was not foreseen.', fix: 'Run "npm run hub -- doctor".' }
  return [what, `  Why:        ${why.replaceAll('\n', '\n              ')}`, `  What to do: ${fix}`]
}

import { readFile } from 'node:fs/promises'
import { connectors } from '../../../connectors/index.ts'
import { checkIds } from '../../config/connector-ids.ts'
import { type Instance, instancesOf, settingOf } from '../../config/instances.ts'
import type { Command } from '../../core/command.ts'
import { CredentialError, errorMessage, MissingRightError, UsageError } from '../../core/errors.ts'
import type { Environment } from '../../core/settings.ts'
import { makeLimitedFetch } from '../../outbound/limited-fetch.ts'
import { makeAskForCredential } from '../terminal/ask.ts'
import { alignRows } from '../terminal/columns.ts'
import type { Call, CliCommand, CommandEntry } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'

/** Okta answers to a verification only after it has called the hub, for which it takes up to 3 s, twice. */
const timeoutSeconds = 30

/** What the hub itself can do with a connector stands beside what the connector brings along. */
type Summarised = Pick<Command, 'summary'>

const resyncSummary = 'look at everybody who changed since a time, or at everybody'
const root = new URL('../../../', import.meta.url)

/** The ids under which connectors bring commands along. */
export function listVendorIds(environment: Environment): string[] {
  return listInstances(environment).map(({ id }) => id)
}

type Question = { connector: string; name: string; environment: Environment }

/**
 * The command `<connector> <name>`; undefined when there is no such connector.
 * @throws WrongUsage when the connector has no such command
 */
export function findVendorCommand({ connector, name, environment }: Question): CommandEntry | undefined {
  const instance = listInstances(environment).find(({ id }) => id === connector)
  if (!instance) return undefined
  const kind = connectors.find(({ id }) => id === instance.kind)
  const commands: Record<string, Summarised> = {
    ...kind?.commands,
    ...(kind?.list ? { resync: { summary: resyncSummary } } : {}),
  }
  if (['', '--help', '-h', 'help'].includes(name)) return makeListing(connector, commands)
  const whole = `${connector} ${name}`
  if (name === 'resync' && kind?.list) {
    return {
      name: whole,
      summary: resyncSummary,
      acts: ['resync'],
      load: async () => (await import('./resync.ts')).makeResyncCommand(connector),
    }
  }
  const command = kind?.commands && Object.hasOwn(kind.commands, name) ? kind.commands[name] : undefined
  if (!command) throw makeUnknownCommandError({ connector, name, known: Object.keys(commands) })
  return {
    name: whole,
    summary: command.summary,
    acts: [],
    load: async () => makeCliCommand(command, { whole, instance }),
  }
}

function listInstances(environment: Environment): Instance[] {
  const kinds = checkIds(connectors)
    .sound.filter(({ commands, list }) => commands !== undefined || list !== undefined)
    .map(({ id }) => id)
  return instancesOf(kinds, environment)
}

function makeCliCommand(command: Command, { whole, instance }: { whole: string; instance: Instance }): CliCommand {
  return {
    usage: `${whole} [options]`,
    help: command.help,
    options: {
      ...command.options,
      'credential-stdin': { type: 'boolean', describe: 'read the credential from standard input' },
    },
    examples: [`npm run hub -- ${whole}`, `npm run hub -- ${whole} --credential-stdin < secret.txt`],
    exits: { ok: 'it is as it should be', no: 'it failed, or a check found a difference' },
    async run(call) {
      refuseWords(call.words, whole)
      const asked: string[] = []
      return command.run(makeContext(call, { instance, asked })).catch((thrown) => {
        throw explainFailure(thrown, { whole, given: asked.length > 0 ? (command.variables ?? asked) : [] })
      })
    },
  }
}

/** Words for what stopped a command: the vendor's refusal of the administrator's credential is none of the hub's own. */
function explainFailure(thrown: unknown, { whole, given }: { whole: string; given: readonly string[] }): unknown {
  if (thrown instanceof UsageError) return thrown instanceof WrongUsage ? thrown : endAsSentence(thrown)
  if (given.length === 0 || !(thrown instanceof CredentialError || thrown instanceof MissingRightError)) return thrown
  const names = given.join(' and ')
  const lacks = thrown instanceof MissingRightError
  return new UsageError({
    what: `The credential that was given to "${whole}" (${names}) ${lacks ? 'may not do this' : 'was refused'}.`,
    why: errorMessage(thrown),
    fix: lacks
      ? `Give ${names} of an administrator who has the right: "npm run hub -- ${whole} --help" names it.`
      : `Check ${names}: given whole, without a word such as SSWS before it, made at this very tenant, and not revoked or expired. It is not the hub's own credential.`,
  })
}

type Credentialed = { instance: Instance; asked: string[] }

function makeContext({ options, environment, terminal }: Call, { instance, asked }: Credentialed) {
  const setting = settingOf(instance, environment)
  const credential = makeAskForCredential({ setting, terminal, fromInput: options['credential-stdin'] === true })
  return {
    setting,
    // A hook of a second org goes to the source of the same name, unless something else is asked for.
    options: instance.id === instance.kind ? options : { source: instance.id, ...options },
    credential: (question: Parameters<typeof credential>[0]) => {
      asked.push(question.variable)
      return credential(question)
    },
    file: (name: string) => readFile(new URL(name, root), 'utf8'),
    // Unguarded: it goes where the administrator's own settings say, and nowhere else.
    fetch: makeLimitedFetch({ timeoutSeconds }),
    say: terminal.out,
  }
}

function endAsSentence({ message, why, fix }: UsageError): UsageError {
  return new UsageError({ what: message.endsWith('.') ? message : `${message}.`, why, fix })
}

function makeListing(connector: string, commands: Record<string, Summarised>): CommandEntry {
  const rows = alignRows(Object.entries(commands).map(([name, { summary }]) => [`${connector} ${name}`, summary]))
  const text = [`Commands of ${connector}:`, ...rows, '', `"npm run hub -- ${connector} <command> --help" says more.`]
  const list: CliCommand = {
    usage: `${connector} <command>`,
    help: text.join('\n'),
    options: {},
    examples: Object.keys(commands).map((name) => `npm run hub -- ${connector} ${name}`),
    exits: { ok: 'listed', no: 'never' },
    async run({ terminal }) {
      terminal.out(text.join('\n'))
      return true
    },
  }
  return { name: connector, summary: 'what an administrator does there', acts: [], load: async () => list }
}

function makeUnknownCommandError({
  connector,
  name,
  known,
}: {
  connector: string
  name: string
  known: string[]
}): WrongUsage {
  const meant = findClosest(name, known)
  return new WrongUsage({
    what: `Unknown command "${connector} ${name}".`,
    why: `${connector} has: ${known.join(', ')}.`,
    fix: meant ? `Did you mean "${connector} ${meant}"?` : `See "npm run hub -- ${connector} --help".`,
  })
}

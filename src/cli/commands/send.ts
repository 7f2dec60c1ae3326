import { readdir, readFile } from 'node:fs/promises'
import { instancesOf, settingOf } from '../../config/instances.ts'
import { okta } from '../../sources/index.ts'
import { type Call, type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { readWholeNumber, readWord } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'
import { makeFreshHook } from './okta-fixtures.ts'
import { makeHookAddress, type Sent, sendAll } from './send-hooks.ts'

const fixtures = new URL('../../../test/fixtures/', import.meta.url)
const folder = 'okta'

export const send: CliCommand = {
  usage: 'send <fixture> [--times <n>] [--person <okta id>] [--verbatim]',
  help: [
    'Sends a recorded hook to the running hub, with the configured secret, as if the configured org sent it just now:',
    'its host as the sender, new ids, the time of now. The hub then asks the real org what is true: a hook alone',
    'locks out no one.',
    'The fixtures lie in test/fixtures/okta; any other .json file works by its path.',
  ].join('\n'),
  options: {
    times: { type: 'string', value: '<n>', describe: 'how often (default: 1), each with its own ids' },
    person: {
      type: 'string',
      value: '<okta id>',
      describe: 'the Okta user id it is about, instead of the recorded one',
    },
    verbatim: { type: 'boolean', describe: 'send it as it was recorded: sender, ids and times too' },
    source: { type: 'string', value: '<id>', describe: 'the source at the hub (default: okta)' },
    url: { type: 'string', value: '<url>', describe: 'the hub (default: this machine, at PORT)' },
    ...jsonOption,
  },
  examples: [
    'npm run hub -- send user-deactivated',
    'npm run hub -- send user-deactivated --person 00u1ab2cd3EF4gh5 --times 20',
  ],
  exits: { ok: 'the hub took all of them (2xx)', no: 'it refused one, or could not be reached' },
  async run(call) {
    const { words, options, terminal } = call
    const name = readWord(words, { command: 'send', what: 'fixture' })
    const times = readWholeNumber(options.times, { option: '--times', fallback: 1, least: 1, most: 100_000 })
    const { url, headers, orgUrl } = readTarget(call)
    const text = await readFixture(name)
    const person = typeof options.person === 'string' ? options.person : undefined
    const makeBody = () =>
      options.verbatim ? text : JSON.stringify(makeFreshHook(JSON.parse(text), { orgUrl, now: new Date(), person }))
    const sent = await sendAll({ url, headers, times, makeBody, terminal })
    if (options.json) printJson(terminal, sent)
    else printAnswers(sent, { call, url })
    return sent.every(({ status }) => status !== null && status < 300)
  },
}

type Target = { url: string; headers: Record<string, string>; orgUrl: string }

function readTarget({ options, environment }: Call): Target {
  const id = typeof options.source === 'string' ? options.source : okta.kind
  const known = instancesOf([okta.kind], environment)
  const instance = known.find((one) => one.id === id)
  if (!instance) {
    const why = `Known here: ${known.map((one) => one.id).join(', ')}.`
    throw new WrongUsage({ what: `There is no source "${id}".`, why, fix: 'Set HUB_INSTANCES as the hub has it.' })
  }
  const setting = settingOf(instance, environment)
  const [secret] = (setting('OKTA_HOOK_SECRETS') ?? '').split(',').map((one) => one.trim())
  const orgUrl = setting('OKTA_ORG_URL') ?? ''
  if (!secret || !URL.canParse(orgUrl)) {
    throw new WrongUsage({
      what: `${secret ? 'OKTA_ORG_URL' : 'OKTA_HOOK_SECRETS'} of the source ${id} is missing.`,
      why: 'The hub takes only hooks with its secret, and acts only on those of its org.',
      fix: 'Set both as the hub has them.',
    })
  }
  const headers = { [setting('OKTA_HOOK_HEADER') || 'authorization']: secret }
  return { url: makeHookAddress({ given: urlOf(options), port: environment.PORT, source: id }), headers, orgUrl }
}

function urlOf({ url }: Given): string | undefined {
  return typeof url === 'string' ? url : undefined
}

async function readFixture(name: string): Promise<string> {
  const isPath = name.endsWith('.json')
  const place = isPath ? name : new URL(`${folder}/${name.replace(/^okta\//, '')}.json`, fixtures)
  try {
    const text = await readFile(place, 'utf8')
    JSON.parse(text)
    return text
  } catch (thrown) {
    const known = await fixtureNames()
    const meant = findClosest(name, known)
    throw new WrongUsage({
      what: `There is no fixture "${name}".`,
      why: thrown instanceof SyntaxError ? 'The file is not JSON.' : `There are: ${known.join(', ')}.`,
      fix: meant ? `Did you mean "${meant}"?` : 'Choose one of these, or give the path of a .json file.',
    })
  }
}

async function fixtureNames(): Promise<string[]> {
  const names = await readdir(new URL(`${folder}/`, fixtures)).catch(() => [])
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
}

function printAnswers(sent: readonly Sent[], { call: { terminal }, url }: { call: Call; url: string }): void {
  const { paint } = terminal
  const answers = Map.groupBy(sent, ({ status, error }) => (status === null ? `no answer (${error})` : String(status)))
  for (const [answer, of] of answers) {
    const took = of.map(({ durationMs }) => durationMs).sort((a, b) => a - b)
    const middle = took[Math.floor(took.length / 2)] ?? 0
    const tint = answer.startsWith('2') ? paint.green : paint.red
    terminal.out(`${tint(answer)}  ${of.length} × ${url}, ${middle.toFixed(0)} ms in the middle`)
  }
  const detail = sent.find((one) => one.detail !== null)?.detail
  if (detail) terminal.out(`  ${detail}`)
  const [first] = sent
  const look = first?.eventIds[0] ?? first?.requestId
  if (look && first?.status && first.status < 300) terminal.out(`Look what became of it: npm run hub -- show ${look}`)
}

import { randomUUID } from 'node:crypto'
import { connectors } from '../../../connectors/index.ts'
import { type Configuration, requireConfiguration } from '../../config/configuration.ts'
import { inlineKinds, type ReceivedRequest, targetsOf } from '../../core/access.ts'
import { errorMessage } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'
import type { ConfiguredConnector } from '../../core/policy.ts'
import type { ConfiguredInline, InlineRoute } from '../../sources/index.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { readSpan } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'
import { makeHookAddress } from './send-hooks.ts'

export const tryCommand: CliCommand = {
  usage: 'try <connector> <kind> --email <address> [--permission <value>] [--field <name>=<value>] [--for <span>]',
  help: [
    'Sends the running hub a request for access as the configured platform would, with its secret and signature, and',
    `shows what the platform would be told. Kinds: ${inlineKinds.join(', ')}.`,
    'It is no rehearsal: a provision gives the access, and a deprovision takes it away. With HUB_MODE=observe the hub',
    'writes nothing.',
  ].join('\n'),
  options: {
    email: { type: 'string', value: '<address>', describe: 'whom the request is about' },
    permission: {
      type: 'string',
      value: '<value>',
      repeats: true,
      describe: 'what is asked for, by the platform’s word; may come several times (default: the only one there is)',
    },
    field: {
      type: 'string',
      value: '<name>=<value>',
      repeats: true,
      describe: 'the answer to a question of the request; may come several times',
    },
    application: { type: 'string', value: '<id>', describe: 'the platform’s id of it (default: the first allowed)' },
    instance: { type: 'string', value: '<id>', describe: 'the instance of the application (default: none)' },
    for: { type: 'string', value: '<span>', describe: 'how long the access lasts, such as 2h (default: no end)' },
    comment: { type: 'string', value: '<text>', describe: 'what the requester wrote' },
    source: { type: 'string', value: '<id>', describe: 'the platform (default: the first that may ask this)' },
    url: { type: 'string', value: '<url>', describe: 'the hub (default: this machine, at PORT)' },
    ...jsonOption,
  },
  examples: [
    'npm run hub -- try badge validate --email lena.park@acme-demo.test --field floor=12',
    'npm run hub -- try github provision --email lena.park@acme-demo.test --permission reader --for 2h',
  ],
  exits: { ok: 'the hub answered, also if the answer is "no"', no: 'it refused the request, or could not be reached' },
  async run(call) {
    const { options, environment, terminal } = call
    const configuration = requireConfiguration(environment, connectors)
    const { connector, kind } = readRoute(call, configuration)
    const route = { connector: connector.id, kind }
    const source = chooseSource(call, configuration, route)
    const request = readRequest(call, connector)
    const { headers, body } = source.inline.compose({ request, route, now: new Date(), id: `msg_${randomUUID()}` })
    const given = typeof options.url === 'string' ? options.url : undefined
    const base = makeHookAddress({ given, port: environment.PORT, source: source.id })
    const answer = await post(`${base}/${connector.id}/${kind}`, { headers, body })
    if (options.json) printJson(terminal, answer)
    else printAnswer(answer, call)
    return answer.status !== null && answer.status < 300
  },
}

function readRoute({ words }: Call, { connectors: configured, off }: Configuration) {
  const [id, kind, more] = words
  if (id === undefined || kind === undefined || more !== undefined) {
    throw new WrongUsage({
      what:
        more === undefined
          ? `${id === undefined ? 'connector' : 'kind'} is missing.`
          : `"${more}" is one word too many.`,
      why: 'A request is about one connector and one kind.',
      fix: 'Write npm run hub -- try <connector> <kind> --email <address>.',
    })
  }
  const connector = configured.find((one) => one.id === id)
  if (!connector) {
    const meant = findClosest(
      id,
      configured.map((one) => one.id),
    )
    throw new WrongUsage({
      what: `There is no connector "${id}" here.`,
      why: off.includes(id) ? 'It is off: its settings are not set.' : 'None of this id is installed.',
      fix: meant ? `Did you mean "${meant}"?` : '"npm run hub -- connectors" lists them, and says what each lacks.',
    })
  }
  const kinds = inlineKinds.filter((one) => connector.connector[one] !== undefined)
  const known = kinds.find((one) => one === kind)
  if (known) return { connector, kind: known }
  throw new WrongUsage({
    what: `The connector ${id} does not serve "${kind}".`,
    why: kinds.length > 0 ? `It serves: ${kinds.join(', ')}.` : 'It serves no request for access.',
    fix: `Choose one of these, or declare "${kind}" in the connector.`,
  })
}

type Platform = { id: string; inline: ConfiguredInline }

/** The platform that is asked for, or the first that has a secret for this route: an own form comes before Lumos'. */
function chooseSource({ options }: Call, { sources }: Configuration, route: InlineRoute): Platform {
  const platforms = sources.flatMap(({ id, inline }) => (inline ? [{ id, inline }] : [])).reverse()
  const named = typeof options.source === 'string' ? options.source : undefined
  const able = platforms.filter(({ inline }) => {
    const proof = inline.proof(route)
    return proof.secret || proof.signature
  })
  const chosen = named === undefined ? able[0] : able.find(({ id }) => id === named)
  if (chosen) return chosen
  const where = `${route.connector}/${route.kind}`
  throw new WrongUsage({
    what: `${named ?? 'No request platform'} ${named === undefined ? 'may' : 'may not'} ask ${where}.`,
    why:
      platforms.length > 0
        ? `No secret is set for it: ${platforms.map(({ id }) => id).join(', ')}.`
        : 'None is configured.',
    fix: `Set PLATFORM_HOOK_SECRETS=${where}:<secret>, here and for the hub.`,
  })
}

function readRequest(call: Call, { connector, config }: ConfiguredConnector): ReceivedRequest {
  const { options, repeated } = call
  const email = options.email
  if (typeof email !== 'string') {
    throw new WrongUsage({
      what: '--email is missing.',
      why: 'A request is about a person, whom a platform names by e-mail.',
      fix: 'Add --email <address>.',
    })
  }
  const list = connector.grants?.({ config }) ?? {}
  const application = textOf(options.application) ?? Object.keys(list)[0] ?? connector.id
  const allowed = targetsOf(list, application).map(({ value }) => value)
  const values = repeated.permission ?? (allowed.length === 1 ? allowed : [])
  return {
    subject: { email, givenName: null, familyName: null },
    application: { id: application, instanceId: textOf(options.instance), label: application },
    permissions: values.filter((value) => value !== '').map((value) => ({ value, label: value, source: 'MANUAL' })),
    accessLengthSeconds: options.for === undefined ? null : readSpan(options.for, { option: '--for' }),
    comment: textOf(options.comment),
    taskUrl: null,
    fields: (repeated.field ?? []).map(readField),
  }
}

function textOf(given: string | boolean | undefined): string | null {
  return typeof given === 'string' ? given : null
}

/** A platform sends a list of questions with their answers. */
function readField(text: string): { prompt: string; response: string } {
  const at = text.indexOf('=')
  if (at > 0) return { prompt: text.slice(0, at), response: text.slice(at + 1) }
  throw new WrongUsage({
    what: `--field ${text} has no name.`,
    why: 'The name stands before the first "=", and the answer behind it.',
    fix: 'Write --field floor=12, for instance.',
  })
}

type Answer = { url: string; status: number | null; durationMs: number; delivery: string | null; body: unknown }

/** As long as Lumos waits. */
const patienceMs = 15_000

async function post(
  url: string,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<Answer> {
  const begin = performance.now()
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
  const tell = (answer: Pick<Answer, 'status' | 'delivery' | 'body'>) => ({
    url,
    durationMs: Math.round(performance.now() - begin),
    ...answer,
  })
  try {
    const signal = AbortSignal.timeout(patienceMs)
    const response = await fetch(url, { ...init, signal, redirect: 'manual' })
    const delivery = response.headers.get('bellhop-delivery')
    return tell({ status: response.status, delivery, body: readBody(await response.text()) })
  } catch (thrown) {
    return tell({ status: null, delivery: null, body: errorMessage(thrown) })
  }
}

function readBody(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return text.slice(0, 200)
  }
}

function printAnswer({ url, status, durationMs, delivery, body }: Answer, { terminal, words }: Call): void {
  const { paint } = terminal
  if (status === null) {
    terminal.out(`${paint.red('no answer')}  ${url}: ${String(body)}`)
    terminal.out('  Does the hub run? Start it with npm run dev, or give its address with --url.')
    return
  }
  const tint = status < 300 ? paint.green : paint.red
  terminal.out(`${tint(String(status))}  ${url}, ${durationMs} ms`)
  for (const line of describeBody(body, words[1] ?? '')) terminal.out(`  ${line}`)
  if (delivery) terminal.out(`Look what became of it: npm run hub -- show ${delivery}`)
}

function describeBody(body: unknown, kind: string): string[] {
  if (body === null) return [`The ${kind} is done.`]
  if (isRecord(body) && typeof body.title === 'string') {
    return [`${body.title}.`, ...(typeof body.detail === 'string' ? [body.detail] : [])]
  }
  return [`The platform is told: ${JSON.stringify(body)}`]
}

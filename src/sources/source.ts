import type { InlineAnswer, InlineKind, ReceivedRequest } from '../core/access.ts'
import type { ParsedEvent } from '../core/event.ts'
import type { Settings } from '../core/settings.ts'
import type { Proof, ProofCheck, RequestHead } from './proof.ts'
import type { Scope } from './secrets.ts'

/** The connector that an inline hook asks, and the kind of question. */
export type InlineRoute = { connector: string; kind: InlineKind }

/**
 * A sender of hooks: how it authenticates (`authenticate`), how the hub answers its one-time question whether an address
 * is the hub's (`challenge`), and how its bodies become events (`parse`). A source knows its vendor's words and nothing
 * else of the hub.
 */
export type Source<Config = unknown> = {
  kind: string
  config: Settings
  /** Answers the vendor's one-time question whether this is our address; null when that was not asked. */
  challenge(head: RequestHead): Challenge | null
  /**
   * True when the request carries one of the configured secrets. Compared in constant time. Absent: the source sends no
   * event hooks, and there is no address for them.
   */
  authenticate?(question: { head: RequestHead; config: Config }): boolean
  /** The header that carries the secret, and the setting that names it: for the log, when it is not there. */
  secretHeader?(config: Config): SecretHeader
  /** Never throws: a body or an element that cannot be read becomes an event of the type `unparseable`. */
  parse(question: { body: unknown; config: Config; receivedAt: string }): ParsedEvent[]
  /** Present for a request platform, which asks and waits for the answer. */
  inline?: InlineSource<Config>
}

export type InlineSource<Config> = {
  /** The id of the connector that is asked who a person is. */
  authority(config: Config): string
  /** True when the hub takes time-boxed access away by itself. */
  endsAccess(config: Config): boolean
  /** What a hook on this route must carry. If neither is configured, every hook is refused. */
  proof(question: { config: Config; route: InlineRoute }): Proof
  /** Looks for a secret in the head that is valid for the route. Called before the body is read. */
  checkSecret(question: { head: RequestHead; config: Config; route: InlineRoute }): ProofCheck
  /** Looks whether the raw body is signed with a secret that is valid for the route, and the signature is recent. */
  checkSignature(question: {
    head: RequestHead
    raw: Uint8Array<ArrayBuffer>
    config: Config
    route: InlineRoute
    now: Date
  }): ProofCheck
  /** Never throws. A refusal names the field that is wrong, never its value. */
  parse(question: { body: unknown; config: Config }): { request: ReceivedRequest } | { refused: string }
  /** True for the vendor's placeholder request, which a button for trying the hook out sends. */
  isTest(question: { request: ReceivedRequest; config: Config }): boolean
  /** The body that tells the sender of an answer to a question. */
  render(question: { answer: Extract<InlineAnswer, { kind: 'preapprove' | 'validate' }>; config: Config }): unknown
  /** Writes a request as the platform would send it, with the configured secret and signature: to try a connector out. */
  compose(question: { request: ReceivedRequest; config: Config; route: InlineRoute; now: Date; id: string }): Composed
  /** For doctor: the scopes for which there are secrets, without the secrets. */
  scopes(config: Config): Scope[]
  /** For doctor: facts about how this source is set up, one line each. */
  explain(config: Config): string[]
}

/** A request as it goes over the wire. */
export type Composed = { headers: Record<string, string>; body: string }

type SecretHeader = { name: string; setting: string }

export type Challenge = { status: 200 | 400; body: Record<string, string> }

/** The same source, with its configuration read. */
export type ConfiguredSource = {
  id: string
  challenge(head: RequestHead): Challenge | null
  authenticate?(head: RequestHead): boolean
  secretHeader?: SecretHeader
  parse(question: { body: unknown; receivedAt: string }): ParsedEvent[]
  inline?: ConfiguredInline
}

export type ConfiguredInline = {
  authority: string
  endsAccess: boolean
  proof(route: InlineRoute): Proof
  checkSecret(question: { head: RequestHead; route: InlineRoute }): ProofCheck
  checkSignature(question: {
    head: RequestHead
    raw: Uint8Array<ArrayBuffer>
    route: InlineRoute
    now: Date
  }): ProofCheck
  parse(body: unknown): { request: ReceivedRequest } | { refused: string }
  isTest(request: ReceivedRequest): boolean
  render(answer: Extract<InlineAnswer, { kind: 'preapprove' | 'validate' }>): unknown
  compose(question: { request: ReceivedRequest; route: InlineRoute; now: Date; id: string }): Composed
  scopes(): Scope[]
  explain(): string[]
}

/** Binds a source to an id and its configuration, so that the rest of the hub sees neither vendor nor secret. */
export function configureSource<Config>(
  source: Source<Config>,
  { id, config }: { id: string; config: Config },
): ConfiguredSource {
  const { inline, authenticate } = source
  return {
    id,
    challenge: source.challenge,
    ...(authenticate ? { authenticate: (head) => authenticate({ head, config }) } : {}),
    ...(source.secretHeader ? { secretHeader: nameSetting(id, source.kind, source.secretHeader(config)) } : {}),
    parse: ({ body, receivedAt }) => source.parse({ body, config, receivedAt }),
    ...(inline ? { inline: configureInline(inline, config) } : {}),
  }
}

/** The setting as this instance reads it. */
function nameSetting(id: string, kind: string, { name, setting }: SecretHeader): SecretHeader {
  return { name, setting: setting.replace(kind.toUpperCase(), id.toUpperCase().replaceAll('-', '_')) }
}

function configureInline<Config>(inline: InlineSource<Config>, config: Config): ConfiguredInline {
  return {
    authority: inline.authority(config),
    endsAccess: inline.endsAccess(config),
    proof: (route) => inline.proof({ config, route }),
    checkSecret: (question) => inline.checkSecret({ ...question, config }),
    checkSignature: (question) => inline.checkSignature({ ...question, config }),
    parse: (body) => inline.parse({ body, config }),
    isTest: (request) => inline.isTest({ request, config }),
    render: (answer) => inline.render({ answer, config }),
    compose: (question) => inline.compose({ ...question, config }),
    scopes: () => inline.scopes(config),
    explain: () => inline.explain(config),
  }
}

const clean = /^[\x21-\x7e]{1,200}$/

/**
 * The value when it is short, visible ASCII text, else null. Ids and types are only ever this; a database column
 * or a log line could not hold what else a JSON string can: NUL, half a surrogate pair, a megabyte.
 */
export function cleanText(value: unknown): string | null {
  return typeof value === 'string' && clean.test(value) ? value : null
}

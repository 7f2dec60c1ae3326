import type { InlineAnswer, InlineKind, ReceivedRequest } from '../core/access.ts'
import type { ParsedEvent } from '../core/event.ts'
import type { Settings } from '../core/settings.ts'
import type { Scope } from './secrets.ts'

/** What a source looks at to decide who is calling, before the body is read. */
export type RequestHead = { header(name: string): string | undefined }

/** Which connector an inline hook asks for what. */
export type InlineRoute = { connector: string; kind: InlineKind }

/** How a hook must prove itself: what is configured for its route is required of it. */
export type Proof = { secret: boolean; signature: boolean }

/**
 * Where news comes from: who may speak (`authenticate`), how it proves itself to a new sender (`challenge`),
 * and what a body says (`parse`). A source knows its vendor's words and nothing else of the hub.
 */
export type Source<Config = unknown> = {
  kind: string
  config: Settings
  /** Answers the vendor's one-time question whether this is our address; null when that was not asked. */
  challenge(head: RequestHead): Challenge | null
  /** True when the request carries one of the configured secrets. Compared in constant time. */
  authenticate(question: { head: RequestHead; config: Config }): boolean
  /** Total: never throws. What it cannot make out is an event of the type `unparseable`. */
  parse(question: { body: unknown; config: Config; receivedAt: string }): ParsedEvent[]
  /** A request platform has this: it asks, and waits for the answer. */
  inline?: InlineSource<Config>
}

export type InlineSource<Config> = {
  /** The connector that is asked who somebody is. */
  authority(config: Config): string
  /** The hub takes away by itself what was given for a time. */
  endsAccess(config: Config): boolean
  /** What a hook on this route must show; neither of both: nobody is let in. */
  proof(question: { config: Config; route: InlineRoute }): Proof
  /** True when the head carries a secret that is good for the route. Decided before the body is read. */
  hasSecret(question: { head: RequestHead; config: Config; route: InlineRoute }): boolean
  /** True when the raw body is signed with a secret that is good for the route, and not long ago. */
  isSigned(question: {
    head: RequestHead
    raw: Uint8Array<ArrayBuffer>
    config: Config
    route: InlineRoute
    now: Date
  }): boolean
  /** Total: never throws. A refusal says which field is wrong, never its value. */
  parse(question: { body: unknown; config: Config }): { request: ReceivedRequest } | { refused: string }
  /** The vendor's documented placeholder, sent by a button that tries the hook out. */
  isTest(question: { request: ReceivedRequest; config: Config }): boolean
  /** The body that tells the sender of an answer to a question. */
  render(question: { answer: Extract<InlineAnswer, { kind: 'preapprove' | 'validate' }>; config: Config }): unknown
  /** For doctor: what there are secrets for, without the secrets. */
  scopes(config: Config): Scope[]
  /** For doctor: facts about how this source is set up, one line each. */
  explain(config: Config): string[]
}

export type Challenge = { status: 200 | 400; body: Record<string, string> }

/** The same source, with its configuration read. */
export type ConfiguredSource = {
  id: string
  challenge(head: RequestHead): Challenge | null
  authenticate(head: RequestHead): boolean
  parse(question: { body: unknown; receivedAt: string }): ParsedEvent[]
  inline?: ConfiguredInline
}

export type ConfiguredInline = {
  authority: string
  endsAccess: boolean
  proof(route: InlineRoute): Proof
  hasSecret(question: { head: RequestHead; route: InlineRoute }): boolean
  isSigned(question: { head: RequestHead; raw: Uint8Array<ArrayBuffer>; route: InlineRoute; now: Date }): boolean
  parse(body: unknown): { request: ReceivedRequest } | { refused: string }
  isTest(request: ReceivedRequest): boolean
  render(answer: Extract<InlineAnswer, { kind: 'preapprove' | 'validate' }>): unknown
  scopes(): Scope[]
  explain(): string[]
}

/** Binds a source to an id and its configuration, so that the rest of the hub sees neither vendor nor secret. */
export function configureSource<Config>(
  source: Source<Config>,
  { id, config }: { id: string; config: Config },
): ConfiguredSource {
  const { inline } = source
  return {
    id,
    challenge: source.challenge,
    authenticate: (head) => source.authenticate({ head, config }),
    parse: ({ body, receivedAt }) => source.parse({ body, config, receivedAt }),
    ...(inline ? { inline: configureInline(inline, config) } : {}),
  }
}

function configureInline<Config>(inline: InlineSource<Config>, config: Config): ConfiguredInline {
  return {
    authority: inline.authority(config),
    endsAccess: inline.endsAccess(config),
    proof: (route) => inline.proof({ config, route }),
    hasSecret: (question) => inline.hasSecret({ ...question, config }),
    isSigned: (question) => inline.isSigned({ ...question, config }),
    parse: (body) => inline.parse({ body, config }),
    isTest: (request) => inline.isTest({ request, config }),
    render: (answer) => inline.render({ answer, config }),
    scopes: () => inline.scopes(config),
    explain: () => inline.explain(config),
  }
}

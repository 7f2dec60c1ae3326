import type { Settings } from '../core/connector.ts'
import type { ParsedEvent } from '../core/event.ts'

/** What a source looks at to decide who is calling, before the body is read. */
export type RequestHead = { header(name: string): string | undefined }

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
}

export type Challenge = { status: 200 | 400; body: Record<string, string> }

/** The same source, with its configuration read. */
export type ConfiguredSource = {
  id: string
  challenge(head: RequestHead): Challenge | null
  authenticate(head: RequestHead): boolean
  parse(question: { body: unknown; receivedAt: string }): ParsedEvent[]
}

/** Binds a source to an id and its configuration, so that the rest of the hub sees neither vendor nor secret. */
export function configureSource<Config>(
  source: Source<Config>,
  { id, config }: { id: string; config: Config },
): ConfiguredSource {
  return {
    id,
    challenge: source.challenge,
    authenticate: (head) => source.authenticate({ head, config }),
    parse: ({ body, receivedAt }) => source.parse({ body, config, receivedAt }),
  }
}

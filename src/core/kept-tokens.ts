/** A token as text. Times are milliseconds since 1970. */
export type KeptToken = { text: string; gotAt: number; expiresAt: number }

/**
 * Tokens by connector and name. It holds texts and numbers alone, so that it may outlive the client that got a token: on
 * a Worker it goes from one invocation to the next. It may be lost at any time.
 */
export type KeptTokens = Map<string, KeptToken>

/** What a connector's client keeps its tokens in, so that the next client need not get new ones. */
export type Tokens = {
  /** Undefined: none is kept, or it expires within a minute. */
  find(name: string): { text: string; lifeSeconds: number } | undefined
  /** Keeps a token that was got just now, instead of the one of that name before. */
  keep(name: string, token: { text: string; lifeSeconds: number }): void
}

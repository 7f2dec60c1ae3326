/** A stretch of time, in milliseconds of this machine's clock. */
export type Span = { from: number; until: number }

export function overlaps(one: Span, other: Span): boolean {
  return one.from <= other.until && other.from <= one.until
}

/** One request to a hub and how it ended. */
export type Knock = Span & { url: string; outcome: number | 'timeout' | 'unreachable' }

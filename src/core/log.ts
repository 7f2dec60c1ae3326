/** Structured log: facts first, sentence second. Pino fits it; nothing below the roof knows pino. */
export type Log = {
  debug(facts: Record<string, unknown>, message: string): void
  info(facts: Record<string, unknown>, message: string): void
  warn(facts: Record<string, unknown>, message: string): void
  error(facts: Record<string, unknown>, message: string): void
}

const nothing = () => {}

/** A log that writes nothing, for callers that have none. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

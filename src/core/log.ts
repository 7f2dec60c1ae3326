type Level = 'debug' | 'info' | 'warn' | 'error'

/** Structured log: facts first, sentence second. Pino fits it; nothing below the roof knows pino. */
export type Log = {
  debug(facts: Record<string, unknown>, message: string): void
  info(facts: Record<string, unknown>, message: string): void
  warn(facts: Record<string, unknown>, message: string): void
  error(facts: Record<string, unknown>, message: string): void
  /** Whether lines of this level are written; absent: they may be. */
  isLevelEnabled?(level: Level): boolean
}

/** False where a line would not be written, so that its facts need not be put together. */
export function isLogged(log: Log, level: Level): boolean {
  return log.isLevelEnabled?.(level) ?? true
}

const nothing = () => {}

/** A log that writes nothing, for callers that have none. */
export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  isLevelEnabled: () => false,
}

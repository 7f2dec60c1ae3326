import { describeError } from './errors.ts'

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

/** The facts of a line with errors as data, with their causes, so that they can be redacted like everything else. */
export function describeErrors(facts: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(facts).some((value) => value instanceof Error)) return facts
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, value instanceof Error ? describeError(value) : value]),
  )
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

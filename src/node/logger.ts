import { type Logger, pino } from 'pino'
import { describeError } from '../core/errors.ts'
import { declareSecret, redact } from '../core/redact.ts'

/** Pino, in which no known secret and no value under a secret's name comes out. */
export function makeLogger({ level, secrets }: { level: string; secrets: readonly string[] }): Logger {
  for (const secret of secrets) declareSecret(secret)
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Errors are described below, redacted; pino's own serializer would write them out a second time.
    serializers: { err: (described) => described },
    formatters: {
      level: (label) => ({ level: label }),
      log: (facts) => redact(describeErrors(facts)) as Record<string, unknown>,
    },
  })
}

/** Errors as data, with their causes, so that they can be redacted like everything else. */
export function describeErrors(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, value instanceof Error ? describeError(value) : value]),
  )
}

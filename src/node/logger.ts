import { type Logger, pino } from 'pino'
import { redact } from '../core/redact.ts'

/** Pino, in which no secret of the configuration and no value under a secret's name comes out. */
export function makeLogger({ level, secrets }: { level: string; secrets: readonly string[] }): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Errors are described below, redacted; pino's own serializer would write them out a second time.
    serializers: { err: (described) => described },
    formatters: {
      level: (label) => ({ level: label }),
      log: (facts) => redact(describeErrors(facts), secrets) as Record<string, unknown>,
    },
  })
}

/** Errors as data, with their causes, so that they can be redacted like everything else. */
function describeErrors(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, value instanceof Error ? describeError(value) : value]),
  )
}

function describeError(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? { cause: describeError(error.cause) } : {}
  const code = 'code' in error ? { code: String(error.code) } : {}
  return { type: error.name, message: error.message, ...code, stack: error.stack, ...cause }
}

import { type DestinationStream, type Logger, pino } from 'pino'
import { describeErrors } from '../core/log.ts'
import { declareSecret, redact } from '../core/redact.ts'
import { noWorkScope, type WorkScope } from '../core/work-scope.ts'

type LoggerOptions = {
  level: string
  secrets: readonly string[]
  /** Each line bears the facts of the work that writes it, unless it says otherwise itself. */
  scope?: WorkScope
  /** Where the lines go; left out: standard output. */
  output?: DestinationStream
}

/**
 * Pino, in which no known secret and no value under a secret's name comes out. Lines that come while others are being
 * written go out together, and at the end of the process: only a process that is killed loses its last milliseconds.
 */
export function makeLogger({ level, secrets, scope = noWorkScope, output }: LoggerOptions): Logger {
  for (const secret of secrets) declareSecret(secret)
  const options: pino.LoggerOptions = {
    level,
    base: null,
    mixin: () => ({ ...scope.facts() }),
    timestamp: pino.stdTimeFunctions.isoTime,
    // Errors are described below, redacted; pino's own serializer would write them out a second time.
    serializers: { err: (described) => described },
    formatters: {
      level: (label) => ({ level: label }),
      log: (facts) => redact(describeErrors(facts)) as Record<string, unknown>,
    },
  }
  return pino(options, output ?? pino.destination({ dest: 1, sync: false }))
}

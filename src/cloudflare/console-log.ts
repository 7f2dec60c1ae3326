import { describeErrors, type Log } from '../core/log.ts'
import { redact } from '../core/redact.ts'
import { noWorkScope, type WorkScope } from '../core/work-scope.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

type Level = (typeof levels)[number]

type LogOptions = {
  level: Level
  /** Each line bears the facts of the work that writes it, unless it says otherwise itself. */
  scope?: WorkScope
  write?(line: string): void
}

/** Writes lines of the form that the Node process writes, one JSON text each, through the same redactor. */
export function makeConsoleLog({ level, scope = noWorkScope, write = writeToConsole }: LogOptions): Log {
  const least = levels.indexOf(level)
  const isLevelEnabled = (one: Level) => levels.indexOf(one) >= least
  const at = (one: Level) => (facts: Record<string, unknown>, msg: string) => {
    if (!isLevelEnabled(one)) return
    const said = redact(describeErrors({ ...scope.facts(), ...facts })) as Record<string, unknown>
    write(JSON.stringify({ level: one, time: new Date().toISOString(), ...said, msg }))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), isLevelEnabled }
}

function writeToConsole(line: string): void {
  console.log(line)
}

import { Writable } from 'node:stream'
import { makeLogger } from '../../src/node/logger.ts'
import { makeWorkScope } from '../../src/runtime/work-scope.ts'

export type LogLine = Record<string, unknown> & { level: string; msg: string }

/** The hub's own logger and scope, with what it wrote as an operator's tools read it. */
export function captureLog(level = 'info') {
  const lines: LogLine[] = []
  const output = new Writable({
    write(chunk, _encoding, done) {
      for (const text of String(chunk).split('\n')) if (text) lines.push(JSON.parse(text))
      done()
    },
  })
  const scope = makeWorkScope()
  return { lines, scope, log: makeLogger({ level, secrets: [], scope, output }) }
}

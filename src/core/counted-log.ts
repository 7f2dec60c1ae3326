import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

type Line = { level: 'warn' | 'error'; facts: Record<string, unknown>; message: string }

/** Writes a line about a thing that may happen hundreds of times a second. */
export type CountedLog = (key: string, line: Line) => void

/**
 * Makes a log that writes the first line about a thing (`key`) at once and one more per `everySeconds`, with how many
 * were left out since. Keys must be few, such as ids of sources: each is kept.
 */
export function makeCountedLog({
  log,
  clock,
  everySeconds,
}: {
  log: Log
  clock: Clock
  everySeconds: number
}): CountedLog {
  const told = new Map<string, { at: number; leftOut: number }>()
  return (key, { level, facts, message }) => {
    const now = clock.now().getTime()
    const last = told.get(key)
    if (last && Math.abs(now - last.at) < everySeconds * 1000) {
      last.leftOut++
      return
    }
    told.set(key, { at: now, leftOut: 0 })
    log[level](last && last.leftOut > 0 ? { ...facts, leftOut: last.leftOut } : facts, message)
  }
}

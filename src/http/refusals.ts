import type { Clock } from '../core/clock.ts'
import { makeCountedLog } from '../core/counted-log.ts'
import type { Log } from '../core/log.ts'
import type { DoorWatch } from '../upkeep/watch-source.ts'

/** `wrong_time`: the sender has the secret, and one of the two clocks is wrong, or the copy is old. */
type Refusal = { why: 'missing' | 'wrong' | 'wrong_time'; connector?: string; kind?: string; reason?: string }

/** Notes that a hook was refused: in the log, and for the alert if its sender did not prove that it has the secret. */
export type NoteRefusal = (source: string, refusal: Refusal) => void

/** Makes the one note of refused secrets. The first is a line in the log at once, then there is one a minute. */
export function makeNoteRefusal({
  watch,
  log,
  clock,
}: {
  watch?: DoorWatch | undefined
  log: Log
  clock: Clock
}): NoteRefusal {
  const tell = makeCountedLog({ log, clock, everySeconds: 60 })
  return (source, refusal) => {
    const isLate = refusal.why === 'wrong_time'
    if (!isLate) watch?.refused(source)
    const message = isLate
      ? 'A signed hook was refused: its time and the clock here are too far apart'
      : 'A hook was refused: its secret or signature is wrong or missing'
    tell(`${source} ${isLate}`, { level: 'warn', facts: { source, ...refusal }, message })
  }
}

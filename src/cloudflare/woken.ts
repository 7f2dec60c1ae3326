import type { Nudge } from '../core/woken.ts'

/** What an invocation woke and has not worked yet. */
export type Woken = {
  note: Nudge
  /** Hands over the keys, each once; null: nothing was woken since. */
  take(): string[] | null
}

/** Remembers the lanes that were woken. A nudge without keys says that something is due, and not where. */
export function makeWoken(): Woken {
  let lanes: Set<string> | null = null
  return {
    note(keys) {
      lanes = new Set([...(lanes ?? []), ...keys])
    },
    take() {
      const taken = lanes && [...lanes]
      lanes = null
      return taken
    },
  }
}

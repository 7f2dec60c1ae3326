/** Bytes that may be held at one time. It bounds memory, which a count of requests does not. */
export type ByteBudget = {
  /** Takes so many bytes and returns true; takes none and returns false when fewer are left. */
  take(bytes: number): boolean
  /** Gives back what was taken. */
  giveBack(bytes: number): void
}

/**
 * Makes a budget of so many bytes. What is larger than the whole budget is taken only when nothing else is held: it
 * would have to wait for ever otherwise.
 */
export function makeByteBudget(mostBytes: number): ByteBudget {
  let held = 0
  return {
    take(bytes) {
      if (held > 0 && held + bytes > mostBytes) return false
      held += bytes
      return true
    },
    giveBack(bytes) {
      held -= bytes
    },
  }
}

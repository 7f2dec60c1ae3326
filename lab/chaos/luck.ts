/** Chance that can be had again: the same seed gives the same numbers. */
export type Luck = {
  /** 0 ≤ n < 1 */
  next(): number
  between(low: number, high: number): number
  pick<T>(from: readonly T[]): T
}

/** Mulberry32: small, and good enough to choose moments. */
export function makeLuck(seed: number): Luck {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (from) => {
      const picked = from[Math.floor(next() * from.length)]
      if (picked === undefined) throw new Error('There is nothing to pick from.')
      return picked
    },
  }
}

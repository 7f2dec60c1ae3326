import { sha256, toHex } from './crypto.ts'

/**
 * Picks so many of these at random, and the same ones whenever the seed and the keys are the same, in whatever order they
 * come: those whose key has the smallest SHA-256 behind the seed. Nobody who names the seed beforehand can choose whom.
 */
export function pickSample<T>(
  all: readonly T[],
  { count, seed, keyOf }: { count: number; seed: string; keyOf(one: T): string },
): T[] {
  const place = (one: T) => toHex(sha256(new TextEncoder().encode(`${seed}\n${keyOf(one)}`)))
  return all
    .map((one) => ({ one, place: place(one) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .slice(0, count)
    .map(({ one }) => one)
}

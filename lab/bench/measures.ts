import { setTimeout as sleep } from 'node:timers/promises'

/** The value below which the given part of a sorted list lies (nearest rank); NaN for an empty list. */
export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(Math.ceil(sorted.length * part), sorted.length) - 1] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}

export type Spread = { median: number; lowest: number; highest: number }

/** Of the values that are numbers: a round that could say nothing gives NaN. */
export function findSpread(values: readonly number[]): Spread {
  const known = values.filter(Number.isFinite)
  if (known.length === 0) return { median: Number.NaN, lowest: Number.NaN, highest: Number.NaN }
  return { median: median(known), lowest: Math.min(...known), highest: Math.max(...known) }
}

/** The order of turns in a round: in each round another one begins. */
export function rotate<T>(contenders: readonly T[], round: number): T[] {
  const first = round % contenders.length
  return [...contenders.slice(first), ...contenders.slice(0, first)]
}

/** Milliseconds of the machine's monotonic clock, which all processes share. */
export function readMonotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Sends at a steady pace, an open loop: the next request leaves on time, whether or not the last one was answered. */
export async function sendSteadily<T>(
  { count, perSecond }: { count: number; perSecond: number },
  send: (number: number) => Promise<T>,
): Promise<T[]> {
  const startMs = readMonotonicMs()
  const answers: Promise<T>[] = []
  for (let number = 0; number < count; number++) {
    const wait = startMs + (number * 1000) / perSecond - readMonotonicMs()
    if (wait > 0) await sleep(wait)
    answers.push(send(number))
  }
  return Promise.all(answers)
}

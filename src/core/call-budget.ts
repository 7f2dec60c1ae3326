import type { Clock } from './clock.ts'
import { secondsUntilReset } from './rate-limit.ts'

/**
 * What one connector's background work may use of the vendor's rate limit: at most a quarter of it, and nothing while
 * less than half of the bucket is left, since lockouts come first.
 */
export type CallBudget = {
  /** Notes what an answer says of the vendor's limit. */
  note(headers: Headers): void
  /** How many pieces of work that cost so many reads each may begin now. */
  room(reads: number): number
  /** Counts reads that begin. */
  take(reads: number): void
}

const backgroundShare = 1 / 4
const leastLeft = 1 / 2
/** While no answer has named a limit: a small one, which any vendor bears. */
const unknown = { limit: 40, seconds: 10 }

/** Okta counts by the minute. Where the headers have no other sign of the window, the longest reset that was seen is it. */
const dialects = [
  { prefix: 'x-rate-limit', windowSeconds: 60 },
  { prefix: 'x-ratelimit', windowSeconds: 1 },
] as const

type Bucket = { limit: number; remaining: number; resetsAt: number; windowSeconds: number }

export function makeCallBudget(clock: Clock): CallBudget {
  let bucket: Bucket | null = null
  // What may be spent: it grows with time up to the quarter, and below zero it is a debt that time pays off.
  let credit = { reads: Number.POSITIVE_INFINITY, at: 0 }
  const now = () => clock.now().getTime()
  const quarter = () => (bucket?.limit ?? unknown.limit) * backgroundShare

  const accrue = () => {
    const perMs = quarter() / ((bucket?.windowSeconds ?? unknown.seconds) * 1000)
    credit = { reads: Math.min(quarter(), credit.reads + (now() - credit.at) * perMs), at: now() }
    return credit.reads
  }

  return {
    note(headers) {
      bucket = readBucket(headers, { now: now(), before: bucket }) ?? bucket
    },
    room(reads) {
      const isKnown = bucket !== null && bucket.resetsAt > now()
      if (bucket && isKnown && bucket.remaining < bucket.limit * leastLeft) return 0
      const left = accrue()
      // A bucket of which a quarter is less than one piece of work is overdrawn, and then left alone until that is made up.
      return left >= reads ? Math.floor(left / reads) : left >= quarter() ? 1 : 0
    },
    take(reads) {
      accrue()
      credit.reads -= reads
    },
  }
}

function readBucket(headers: Headers, { now, before }: { now: number; before: Bucket | null }): Bucket | null {
  for (const { prefix, windowSeconds } of dialects) {
    const limit = readNumber(headers, `${prefix}-limit`)
    const remaining = readNumber(headers, `${prefix}-remaining`)
    if (limit === null || remaining === null || limit <= 0) continue
    const seconds = Math.max(secondsUntilReset(headers, `${prefix}-reset`) ?? 0, 1)
    const longest = Math.max(before?.windowSeconds ?? 0, windowSeconds, seconds)
    return { limit, remaining, resetsAt: now + seconds * 1000, windowSeconds: longest }
  }
  return null
}

function readNumber(headers: Headers, name: string): number | null {
  const number = Number(headers.get(name) ?? Number.NaN)
  return Number.isFinite(number) ? number : null
}

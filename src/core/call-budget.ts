import type { Clock } from './clock.ts'
import { secondsUntilReset } from './rate-limit.ts'

/**
 * What all background reads of one connector together may use of the vendor's rate limit: at most a quarter of it, and
 * nothing while less than half of the bucket is left, since lockouts come first.
 */
export type CallBudget = {
  /** Notes what an answer says of the vendor's limit. */
  note(headers: Headers): void
  /** How many pieces of work that cost about so many reads each may begin now. */
  room(reads: number): number
  /** Sets reads aside for work that begins. Its calls use them up, and what they leave is free again a minute later. */
  reserve(reads: number): void
  /** Counts a background call that is made. */
  spend(): void
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

/** How long work that was begun may wait for its turn. */
const reservedMs = 60_000

/** `countsCalls`: every background call is told of by `spend`; without that, what is set aside counts as used. */
export function makeCallBudget(clock: Clock, { countsCalls = true } = {}): CallBudget {
  let bucket: Bucket | null = null
  // What may be spent: it grows with time up to the quarter, and below zero it is a debt that time pays off.
  let credit = { reads: Number.POSITIVE_INFINITY, at: 0 }
  const now = () => clock.now().getTime()
  const quarter = () => (bucket?.limit ?? unknown.limit) * backgroundShare

  const reserved: { reads: number; until: number }[] = []

  const releaseUnused = () => {
    for (let first = reserved[0]; first && first.until <= now(); first = reserved[0]) {
      credit.reads += first.reads
      reserved.shift()
    }
  }

  const accrue = () => {
    releaseUnused()
    const perMs = quarter() / ((bucket?.windowSeconds ?? unknown.seconds) * 1000)
    // A clock that was set back takes nothing away.
    const passedMs = Math.max(0, now() - credit.at)
    credit = { reads: Math.min(quarter(), credit.reads + passedMs * perMs), at: now() }
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
    reserve(reads) {
      accrue()
      credit.reads -= reads
      if (countsCalls) reserved.push({ reads, until: now() + reservedMs })
    },
    spend() {
      releaseUnused()
      const [first] = reserved
      if (first && --first.reads <= 0) reserved.shift()
      if (first) return
      accrue()
      credit.reads -= 1
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

export type RateLimit = { burst: number; perSecond: number }

export type RateReading = { allowed: boolean; limit: number; remaining: number; resetEpochSeconds: number }

export type TokenBucket = { take: () => RateReading }

// What is announced when no limit is set: a full bucket that never empties, since both vendors always send the headers.
const UNLIMITED: RateLimit = { burst: 1000, perSecond: 1000 }

/** A token bucket with a burst and a sustained rate; without a limit every request is let through with full headers. */
export function createTokenBucket(rateLimit?: RateLimit): TokenBucket {
  const { burst, perSecond } = rateLimit ?? UNLIMITED
  let tokens = burst
  let filledAt = Date.now()

  const refill = (now: number) => {
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond)
    filledAt = now
  }

  return {
    take: () => {
      const now = Date.now()
      refill(now)
      const allowed = rateLimit === undefined || tokens >= 1
      if (allowed) tokens = Math.max(0, tokens - 1)
      const secondsToNext = tokens >= 1 ? 0 : (1 - tokens) / perSecond
      return {
        allowed,
        limit: burst,
        remaining: Math.floor(tokens),
        resetEpochSeconds: Math.ceil(now / 1000 + secondsToNext),
      }
    },
  }
}

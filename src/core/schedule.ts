/** A retry schedule is data: waits in seconds, and what happens when they are used up. */
export type Schedule = {
  waitsSeconds: readonly number[]
  /** After the last wait, deny work is tried again at this interval for as long as it takes. */
  denyIntervalSeconds: number
  /** Everything else is given up this long after the delivery was made. */
  giveUpAfterSeconds: number
  /** Share by which a wait may be shorter or longer, so that a crowd does not come back at once. */
  jitter: number
  /** A vendor's reset time is honoured up to this. */
  retryAfterCapSeconds: number
  /** A deny-type event that finds the person allowed is read again after these waits. */
  contradictionWaitsSeconds: readonly number[]
  /** A denied person's users are searched for again after these waits, found or not: a target's index may lag. */
  searchAgainWaitsSeconds: readonly number[]
  /** A lockout or a revoke that is open for longer is stuck: an operator should look. */
  stuckAfterSeconds: number
}

const minute = 60
const hour = 60 * minute

export const defaultSchedule: Schedule = {
  waitsSeconds: [1, 2, 5, 10, 30, minute, 2 * minute, 5 * minute, 15 * minute],
  denyIntervalSeconds: 15 * minute,
  giveUpAfterSeconds: 24 * hour,
  jitter: 0.2,
  retryAfterCapSeconds: 5 * minute,
  contradictionWaitsSeconds: [5, minute, 10 * minute],
  searchAgainWaitsSeconds: [minute, 24 * hour],
  stuckAfterSeconds: 2 * minute,
}

/** The same schedule with every wait multiplied, for tests that cannot wait a day. */
export function scaleSchedule(schedule: Schedule, factor: number): Schedule {
  const scale = (seconds: readonly number[]) => seconds.map((wait) => wait * factor)
  return {
    ...schedule,
    waitsSeconds: scale(schedule.waitsSeconds),
    denyIntervalSeconds: schedule.denyIntervalSeconds * factor,
    giveUpAfterSeconds: schedule.giveUpAfterSeconds * factor,
    retryAfterCapSeconds: schedule.retryAfterCapSeconds * factor,
    contradictionWaitsSeconds: scale(schedule.contradictionWaitsSeconds),
    searchAgainWaitsSeconds: scale(schedule.searchAgainWaitsSeconds),
    stuckAfterSeconds: schedule.stuckAfterSeconds * factor,
  }
}

type RetryQuestion = {
  /** Attempts made so far that count, this one included. */
  attempts: number
  /** True for deny work: it never ends by itself. */
  deny: boolean
  ageSeconds: number
  retryAfterSeconds?: number
  /** 0 ≤ random < 1, passed in. */
  random: number
}

/** Seconds until the next attempt, or null when the delivery is given up (never for deny work). */
export function nextWaitSeconds(schedule: Schedule, question: RetryQuestion): number | null {
  const { attempts, deny, ageSeconds, retryAfterSeconds, random } = question
  if (!deny && ageSeconds >= schedule.giveUpAfterSeconds) return null
  const scheduled = schedule.waitsSeconds[attempts - 1]
  const wait = scheduled ?? schedule.denyIntervalSeconds
  const jittered = wait * (1 + schedule.jitter * (2 * random - 1))
  if (retryAfterSeconds === undefined) return jittered
  return Math.max(jittered, Math.min(retryAfterSeconds, schedule.retryAfterCapSeconds))
}

/** True when the schedule's own waits are used up: deny work goes on at the last interval. */
export function isUsedUp(schedule: Schedule, attempts: number): boolean {
  return attempts > schedule.waitsSeconds.length
}

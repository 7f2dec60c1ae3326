import type { HookCall } from './direct-sender.ts'
import type { HubSeat } from './hub-seat.ts'
import type { Stage } from './stage.ts'
import { overlaps, type Span } from './starvation.ts'
import type { Traffic } from './traffic.ts'

/** A time by the clock, and how much of it the hub or its observer waited for a processor that others had. */
export type Timed = { seconds: number; starved: number }

export type AnswerCounts = {
  /** Answers that blame the sender for a fault of ours. */
  answers4xx: HookCall[]
  /** Answers that ask the sender to try again. */
  answers5xx: number
  /** Those of them for which no busy machine can be blamed. */
  refused: HookCall[]
  /** Answers, and missing ones, beyond the limit, of hubs that were there. */
  late: number
  slowest: Timed
}

/** Rule 1: a failing database is a 5xx within 2.5 s. */
export const slowestAnswerSeconds = 2.5

/**
 * Counts the answers to all requests, Okta's and the direct sender's, and how long the senders waited. No answer in time
 * is expected of a hub that is killed, stopped, or not ready again: a hub listens before it has loaded the vendors'
 * SDKs, and loading them takes the processor that an answer would need. It listens that early on purpose: a request that
 * comes in then is journaled even if its sender has given up; without a listener it would be lost.
 */
export function countAnswers(stage: Stage, traffic: Traffic): AnswerCounts {
  const seats = new Map(stage.hubs.map((seat) => [seat.url, seat]))
  // The balancer knows which hub answered, and sees what every sender sees.
  const calls: readonly HookCall[] = stage.balancer?.calls ?? [...listCallsOfOkta(stage), ...traffic.sender.calls]
  const statuses = calls.map(({ outcome }) => (typeof outcome === 'number' ? outcome : 0))
  const time = (call: HookCall): Timed => ({
    seconds: (call.until - call.from) / 1000,
    starved: Math.max(seats.get(call.url)?.starvation.secondsIn(call) ?? 0, stage.starvation.secondsIn(call)),
  })
  const waited = calls.filter((call) => call.outcome !== 'unreachable' && isThere(seats.get(call.url), call)).map(time)
  return {
    answers4xx: calls.filter(({ outcome }) => typeof outcome === 'number' && outcome >= 400 && outcome < 500),
    answers5xx: statuses.filter((status) => status >= 500).length,
    refused: calls.filter((call) => isRefusal(call, { bySeat: seats.has(call.url), ...time(call) })),
    late: waited.filter(({ seconds, starved }) => seconds - starved > slowestAnswerSeconds).length,
    slowest: waited.reduce((worst, one) => (one.seconds > worst.seconds ? one : worst), { seconds: 0, starved: 0 }),
  }
}

/**
 * A 503 of a hub whose journal did not answer in time is none where the hub waited for a processor for half of that time:
 * PostgreSQL then waited too. A connection that was cut (502), and no hub at all (503 of the balancer), always is one.
 */
function isRefusal({ outcome }: HookCall, { bySeat, seconds, starved }: Timed & { bySeat: boolean }): boolean {
  if (typeof outcome !== 'number' || outcome < 500) return false
  return outcome !== 503 || !bySeat || starved < seconds / 2
}

function isThere(seat: HubSeat | undefined, call: Span): boolean {
  return !seat?.absences().some((absence) => overlaps(absence, call))
}

function listCallsOfOkta({ tenants: { okta } }: Stage): HookCall[] {
  const urls = new Map(okta.hooks.list().map(({ id, name }) => [id, name]))
  return okta.deliveries.flatMap(({ hookId, tries }) =>
    tries.map(({ outcome, startedAt, durationMs }) => {
      const from = Date.parse(startedAt)
      return { url: urls.get(hookId) ?? '', outcome, from, until: from + durationMs }
    }),
  )
}

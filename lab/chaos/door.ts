import type { HubSeat } from './hubs.ts'
import { type Knock, overlaps, type Span } from './span.ts'
import type { Stage } from './stage.ts'
import type { Traffic } from './traffic.ts'

/** A time by the clock, and how much of it the hub or its observer waited for a processor that others had. */
export type Timed = { seconds: number; starved: number }

export type AtTheDoor = {
  /** Answers that blame the sender for a fault of ours. */
  answers4xx: number
  /** Answers that ask the sender to try again. */
  answers5xx: number
  /** Answers, and missing ones, beyond the limit, of hubs that were there. */
  late: number
  slowest: Timed
}

/** Rule 1: a failing database is a 5xx within 2.5 s. */
export const slowestAnswerSeconds = 2.5

/**
 * Every request to a hub, whoever sent it, judged by how long the sender had to wait. Only of a hub that is killed,
 * stopped, or not ready again is no answer in time expected: it opens its door before the vendors' SDKs are loaded, and
 * loading them leaves it no processor to answer with. That is on purpose. What knocks then is journaled even if its
 * sender has gone; at a door that is still shut it would be lost. The other hubs have no such excuse.
 */
export function atTheDoor(stage: Stage, traffic: Traffic): AtTheDoor {
  const seats = new Map(stage.hubs.map((seat) => [seat.url, seat]))
  const knocks = [...knocksOfOkta(stage), ...traffic.sender.knocks]
  const statuses = knocks.map(({ outcome }) => (typeof outcome === 'number' ? outcome : 0))
  const waited = knocks
    .filter((knock) => knock.outcome !== 'unreachable' && wasThere(seats.get(knock.url), knock))
    .map((knock) => ({
      seconds: (knock.until - knock.from) / 1000,
      starved: Math.max(seats.get(knock.url)?.starvation.secondsIn(knock) ?? 0, stage.starvation.secondsIn(knock)),
    }))
  return {
    answers4xx: statuses.filter((status) => status >= 400 && status < 500).length,
    answers5xx: statuses.filter((status) => status >= 500).length,
    late: waited.filter(({ seconds, starved }) => seconds - starved > slowestAnswerSeconds).length,
    slowest: waited.reduce((worst, one) => (one.seconds > worst.seconds ? one : worst), { seconds: 0, starved: 0 }),
  }
}

function wasThere(seat: HubSeat | undefined, knock: Span): boolean {
  return !seat?.absences().some((absence) => overlaps(absence, knock))
}

function knocksOfOkta({ tenants: { okta } }: Stage): Knock[] {
  const urls = new Map(okta.hooks.list().map(({ id, name }) => [id, name]))
  return okta.deliveries.flatMap(({ hookId, tries }) =>
    tries.map(({ outcome, startedAt, durationMs }) => {
      const from = Date.parse(startedAt)
      return { url: urls.get(hookId) ?? '', outcome, from, until: from + durationMs }
    }),
  )
}

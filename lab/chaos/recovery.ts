import type { Person } from './stage.ts'
import type { Span } from './starvation.ts'

type RecoveryQuestion = {
  people: readonly Person[]
  isWrong(person: Person): boolean
  wasTold(person: Person): boolean
  /** How long each event of the sender that does not give up waited for its 2xx. */
  waits(): readonly Span[]
}

type RecoveryWatch = {
  /** The longest that a person stood wrong, or an event went unacknowledged, after that moment; and who it was. */
  after(moment: number): { seconds: number; who: string; span: Span }
  stop(): void
}

type Wrong = Span & { who: string }

const lookEveryMs = 20

/**
 * Looks at all people every 20 ms. A person who is wrong and told has been so since the first such look; a further change
 * that no hub has heard of yet does not make them right. The clock of a change that comes after the fault starts at
 * that change: how long changes go on is the run's choice and no property of the hub.
 */
export function watchRecovery({ people, isWrong, wasTold, waits }: RecoveryQuestion): RecoveryWatch {
  const wrongSince = new Map<Person, number>()
  const over: Wrong[] = []
  const look = () => {
    const now = Date.now()
    for (const person of people) {
      const from = wrongSince.get(person)
      if (!isWrong(person)) {
        if (from !== undefined) over.push({ who: person.userId, from, until: now })
        wrongSince.delete(person)
      } else if (from === undefined && wasTold(person)) wrongSince.set(person, now)
    }
  }
  const timer = setInterval(look, lookEveryMs)
  return {
    after(moment) {
      look()
      const now = Date.now()
      const standing = [...wrongSince].map(([{ userId }, from]) => ({ who: userId, from, until: now }))
      const unanswered = waits().map((span) => ({ who: 'an event that waited for its 2xx', ...span }))
      const lasted = [...over, ...standing, ...unanswered].map(({ who, from, until }) => {
        const span = { from: Math.max(from, moment), until }
        return { who, span, seconds: Math.max(0, until - span.from) / 1000 }
      })
      const nobody = { who: 'nobody', span: { from: moment, until: moment }, seconds: 0 }
      return lasted.reduce((worst, one) => (one.seconds > worst.seconds ? one : worst), nobody)
    },
    stop: () => clearInterval(timer),
  }
}

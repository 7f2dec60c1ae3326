import type { Clock } from '../core/clock.ts'
import { secondsUntilReset } from '../core/rate-limit.ts'

/** What the answers of one connector's vendor tell: whether it answers at all, and how much of its rate limit is left. */
export type Pulse = {
  answered(url: string, headers: Headers | Readonly<Record<string, string>>): void
  timedOut(): void
  /** False after several calls in a row without any answer, until there is one. */
  isAnswering(): boolean
  /** Seconds until a rate limit of which less than half is left begins anew; 0: at least half of each is left. */
  secondsUntilRoom(): number
}

/** So many calls in a row without an answer: one slow call of many does not count as a vendor that hangs. */
const tripsAfter = 3

/** `changed` is called when the vendor stops answering, and when it answers again. */
export function makePulse({ clock, changed }: { clock: Clock; changed?: (isAnswering: boolean) => void }): Pulse {
  let inARow = 0
  const lowUntil = new Map<string, number>()

  return {
    answered(url, headers) {
      const wasHanging = inARow >= tripsAfter
      inARow = 0
      noteRoom(lowUntil, { url, headers, now: clock.now().getTime() })
      if (wasHanging) changed?.(true)
    },
    timedOut() {
      inARow++
      if (inARow === tripsAfter) changed?.(false)
    },
    isAnswering: () => inARow < tripsAfter,
    secondsUntilRoom: () => Math.max(0, Math.max(0, ...lowUntil.values()) - clock.now().getTime()) / 1000,
  }
}

type Seen = { url: string; headers: Headers | Readonly<Record<string, string>>; now: number }

/** Okta (`x-rate-limit-…`) and others have a bucket for each kind of path; an id in the path makes no other kind. */
function noteRoom(lowUntil: Map<string, number>, { url, headers, now }: Seen): void {
  const prefix = ['x-rate-limit', 'x-ratelimit'].find((name) => readNumber(headers, `${name}-remaining`) !== null)
  if (prefix === undefined) return
  const limit = readNumber(headers, `${prefix}-limit`)
  const remaining = readNumber(headers, `${prefix}-remaining`)
  const seconds = secondsUntilReset(headers, `${prefix}-reset`)
  const parts = URL.canParse(url) ? new URL(url).pathname.split('/') : []
  const bucket = `${parts.length} ${parts.slice(0, 4).join('/')}`
  if (limit === null || remaining === null || seconds === null || remaining * 2 >= limit) lowUntil.delete(bucket)
  else lowUntil.set(bucket, now + Math.max(shortestSeconds, Math.min(seconds, longestSeconds)) * 1000)
}

/** Both times are cut to whole seconds. */
const shortestSeconds = 1
/** A reset further ahead is a wrong clock: the next answer says anew how much is left. */
const longestSeconds = 60

function readNumber(headers: Headers | Readonly<Record<string, string>>, name: string): number | null {
  const text = headers instanceof Headers ? headers.get(name) : (headers[name] ?? null)
  const number = text === null || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : null
}

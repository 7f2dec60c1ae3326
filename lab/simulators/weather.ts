/** How a tenant's API treats the requests that match: everything given happens, in the order of the fields below. */
export type Misbehaviour = {
  method?: string
  /** Compared with the decoded path: a string must be its beginning, a pattern must match somewhere. */
  path?: string | RegExp
  /** How many requests it lasts; without it, until it is taken back. */
  times?: number
  /** Wait, then do the work. */
  delayMs?: number
  /** Do not do the work; answer with this status in the vendor's error shape. */
  status?: number
  /** With `status: 429`, when the vendor says to come back. */
  resetSeconds?: number
  /** Answer exactly this; `afterWork`: though the work is done first. A header may come twice. */
  answer?: { status: number; body: string; headers?: [string, string][]; afterWork?: boolean }
  /** Do the work at once, but answer late: the caller gives up on something that has happened. */
  lateMs?: number
  /** Destroy the socket: `before` the work, `after` it without a byte of answer, or `midway` through the answer. */
  cut?: 'before' | 'midway' | 'after'
}

export type Weather = {
  /** Adds a rule and returns how to take it back; the oldest rule that matches a request wins. */
  misbehave: (rule: Misbehaviour) => () => void
  calm: () => void
  /** The rule for one request, which counts against its `times`. */
  take: (request: { method: string; path: string }) => Misbehaviour | undefined
}

export function createWeather(): Weather {
  let rules: { rule: Misbehaviour; left: number }[] = []

  return {
    misbehave: (rule) => {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
      rules.push(entry)
      return () => {
        rules = rules.filter((other) => other !== entry)
      }
    },
    calm: () => {
      rules = []
    },
    take: (request) => {
      const entry = rules.find(({ rule }) => matches(rule, request))
      if (!entry) return undefined
      entry.left -= 1
      if (entry.left <= 0) rules = rules.filter((other) => other !== entry)
      return entry.rule
    },
  }
}

function matches(rule: Misbehaviour, { method, path }: { method: string; path: string }): boolean {
  if (rule.method && rule.method !== method) return false
  if (rule.path === undefined) return true
  return typeof rule.path === 'string' ? path.startsWith(rule.path) : rule.path.test(path)
}

/** What the network does to deliveries that Okta believes it has sent. */
export type DeliveryMischief = {
  /** How many deliveries it lasts; without it, until it is taken back. */
  times?: number
  /** Lost on the way; Okta notices nothing. */
  drop?: boolean
  /** Sent twice: as the same request, or as a new request with the same events. */
  duplicate?: 'same-event-id' | 'new-event-id'
  delayMs?: number
  /** Keeps deliveries back until there are so many, then sends them last first. */
  reorder?: number
}

export type MischiefMaker = {
  add: (rule: DeliveryMischief) => () => void
  clear: () => void
  /** The rule for the next delivery. */
  take: () => DeliveryMischief | undefined
}

/** Rules for deliveries; the oldest one that still lasts wins. */
export function createMischiefMaker(): MischiefMaker {
  let rules: { rule: DeliveryMischief; left: number }[] = []

  return {
    add: (rule) => {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
      rules.push(entry)
      return () => {
        rules = rules.filter((other) => other !== entry)
      }
    },
    clear: () => {
      rules = []
    },
    take: () => {
      const [entry] = rules
      if (!entry) return undefined
      entry.left -= 1
      if (entry.left <= 0) rules.shift()
      return entry.rule
    },
  }
}

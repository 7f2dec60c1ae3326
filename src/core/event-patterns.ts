import { z } from 'zod'

const pattern = /^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$/

/** A setting that lists event types: `user.lifecycle.deactivate`, families such as `hub.access.*`, or `*` for all. */
export function eventPatterns(fallback: readonly string[]): z.ZodType<string[], string | undefined> {
  return z
    .string()
    .default(fallback.join(','))
    .transform((text, context) => {
      const patterns = text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
      const wrong = patterns.find((part) => !pattern.test(part))
      if (wrong === undefined) return patterns
      const message = 'has something that is not an event type, a family such as user.lifecycle.*, or *'
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
}

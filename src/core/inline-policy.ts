import { z } from 'zod'
import type { Settings } from './connector.ts'
import { flag } from './settings.ts'

/** How one connector's inline hooks are served. */
export type InlinePolicy = {
  /** After this an answer is of no use any more: Lumos gives up after 15 s. */
  budgetSeconds: number
  /** For so long a provision of the same request is not carried out twice. */
  dedupeHours: number
  /** Whoever is locked out at the authority loses what was granted here, too. */
  revokeOnDeny: boolean
}

export const defaultInlinePolicy: InlinePolicy = { budgetSeconds: 12, dedupeHours: 24, revokeOnDeny: false }

/** The settings of an instance that serves inline hooks, under its own prefix: `GITHUB_BUDGET_SECONDS` for `github`. */
export function inlineSettings(id: string): Settings {
  const prefix = id.toUpperCase().replaceAll('-', '_')
  return z.object({
    [`${prefix}_BUDGET_SECONDS`]: z.coerce
      .number()
      .min(0.1)
      .max(60)
      .default(defaultInlinePolicy.budgetSeconds)
      .describe('How long an inline hook may take; less than the 15 seconds after which Lumos gives up.'),
    [`${prefix}_DEDUPE_HOURS`]: z.coerce
      .number()
      .min(0)
      .max(24 * 30)
      .default(defaultInlinePolicy.dedupeHours)
      .describe(
        'For so many hours a request that was provisioned and is in force is answered again and not carried out again; 0: never.',
      ),
    [`${prefix}_REVOKE_ON_DENY`]: flag(defaultInlinePolicy.revokeOnDeny).describe(
      'true: a person who is locked out at the authority loses what was granted here; false: only by a request.',
    ),
  })
}

/** The policy that these settings say. */
export function inlinePolicyOf(settings: Readonly<Record<string, unknown>>): InlinePolicy {
  const [budgetSeconds, dedupeHours, revokeOnDeny] = Object.values(settings)
  return { budgetSeconds: Number(budgetSeconds), dedupeHours: Number(dedupeHours), revokeOnDeny: revokeOnDeny === true }
}

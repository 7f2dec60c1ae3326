import { z } from 'zod'

/** Longer than a message is remembered (30 days), a grant that ended is looked at (7), and a look is kept (7). */
const leastKeptDays = 35
const mostKeptDays = 36_500

/** For how many days something is kept; left out: for ever. */
function keptDays(least: number) {
  return z.coerce.number().int().min(least).max(mostKeptDays).optional()
}

/** For how long the journal keeps what is over: settings of the hub. */
export const keepSettings = {
  HUB_KEEP_BODIES_DAYS: keptDays(1).describe(
    'After so many days what senders sent is deleted: bodies of hooks, and of requests what people wrote and are called. Left out: never.',
  ),
  HUB_KEEP_DAYS: keptDays(leastKeptDays).describe(
    `After so many days, ${leastKeptDays} at least, what is over is deleted: events, deliveries, attempts, answers, sessions. Left out: never.`,
  ),
  HUB_KEEP_EVIDENCE_DAYS: z.coerce
    .number()
    .int()
    .min(leastKeptDays)
    .max(mostKeptDays)
    .default(2555)
    .describe('For so many days a row of ids and times stays of each leaving, request and grant that was deleted.'),
}

import { z } from 'zod'
import { eventPatterns } from '../../src/index.ts'

/** Printing has nothing that it needs, so it asks for a word: else it would be on for everybody. */
export const config = z.object({
  PRINT: z.literal('on', { error: 'is not "on"' }).describe('on: print what comes, to the log; leave it out: off.'),
  PRINT_EVENTS: eventPatterns([]).describe(
    'Event types that are printed too, comma-separated: user.lifecycle.*, or * for all.',
  ),
})

export type PrintConfig = z.output<typeof config>

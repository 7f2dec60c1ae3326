import { z } from '@hono/zod-openapi'
import { conflict } from './delivery-schema.ts'
import { openWord, time } from './facts.ts'
import { personState } from './person-schema.ts'

const change = z.object({
  target: z.string(),
  action: z.string(),
  summary: z.string(),
  because: openWord(['status', 'renewal', 'owed', 'grant']),
})

/** What vendors say of a person now. */
export const personLook = z
  .object({
    person: z.string(),
    at: time,
    state: personState
      .nullable()
      .openapi({ description: 'What the authority says; null: it gave no answer, and `error` says why.' }),
    error: z.string().nullable(),
    connectors: z
      .array(
        z.object({
          connector: z.string(),
          direction: openWord(['deny', 'allow', 'neutral']),
          changes: z
            .array(change)
            .openapi({ description: 'What a run would do; none and no error: all is as it should be.' }),
          conflicts: z.array(conflict),
          stopped: openWord(['held', 'cancelled']).nullable(),
          error: z.string().nullable(),
        }),
      )
      .openapi({ description: 'What was read at each connector.' }),
  })
  .openapi('PersonLook')

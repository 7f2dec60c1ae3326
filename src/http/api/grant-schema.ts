import { z } from '@hono/zod-openapi'
import { openWord, time } from './facts.ts'

export const permission = z.object({ value: z.string(), label: z.string(), target: z.string() }).openapi('Permission')

export const grantStates = ['standing', 'over', 'ended'] as const

/** Access that was given through the hub, as a list has it. */
export const listedGrant = z
  .object({
    id: z.string(),
    state: openWord(grantStates).openapi({
      description: 'standing; over: its time has passed, and it is being taken away; ended. More may come.',
    }),
    person: z.string(),
    authority: z.string(),
    authorityId: z.string(),
    login: z.string().nullable(),
    connector: z.string(),
    source: z.string().openapi({ description: 'The platform that asked.' }),
    application: z.string(),
    permission,
    deliveryId: z.string().openapi({ description: 'The delivery that gave it.' }),
    hadBefore: z.boolean().openapi({ description: 'They had it already: its end takes nothing away.' }),
    isInvited: z.boolean().openapi({ description: 'An invitation that nobody has taken up yet.' }),
    grantedAt: time,
    until: time.nullable(),
    endedAt: time.nullable(),
    endedBy: z.string().nullable().openapi({ description: 'The delivery that took it away.' }),
    endReason: z.string().nullable(),
  })
  .openapi('ListedGrant')

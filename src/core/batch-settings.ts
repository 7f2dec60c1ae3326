import { z } from 'zod'
import { parseFreeze } from './freeze.ts'
import { defaultBatchPolicy } from './policy.ts'

const freeze = z.string().transform((text, context) => {
  const windows = parseFreeze(text)
  if (windows) return windows
  const example = 'Fri 16:00-Mon 07:00 Europe/Berlin; 2026-12-20/2027-01-03'
  context.addIssue({ code: 'custom', message: `is not a list of windows such as ${example}` })
  return z.NEVER
})

/** `auth0:10`: so many calls a second at the connector of that id. */
const callsPerSecond = z.string().transform((text, context) => {
  const paces: Record<string, number> = {}
  for (const part of text.split(',')) {
    const [, id, calls] = /^\s*([a-z][a-z0-9_-]*):(\d+(?:\.\d+)?)\s*$/.exec(part) ?? []
    if (id && Number(calls) >= leastCalls) paces[id] = Number(calls)
    else {
      const message = 'is not a list of <connector>:<calls a second>, such as auth0:10,slack:0.5'
      context.addIssue({ code: 'custom', message })
    }
  }
  return paces
})

/** One in a quarter of an hour. */
const leastCalls = 0.001

/** What paces and stops acts on many things: settings of the hub. */
export const batchSettings = {
  HUB_FOUR_EYES_PEOPLE: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(defaultBatchPolicy.fourEyesPeople)
    .describe('A batch that is about more people than this is applied by two people; 0: one is enough.'),
  HUB_FREEZE: freeze
    .default([])
    .describe(
      'When no batch is carried out, such as Fri 16:00-Mon 07:00 Europe/Berlin; 2026-12-20/2027-01-03. Lockouts never wait.',
    ),
  HUB_CALLS_PER_SECOND: callsPerSecond
    .default({})
    .describe(
      'Calls a second that connectors may make, such as auth0:10,slack:0.5; left out: what the vendor says. Lockouts never wait.',
    ),
}

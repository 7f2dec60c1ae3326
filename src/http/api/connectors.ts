import { z } from '@hono/zod-openapi'
import { callClasses } from '../../core/call-budget.ts'
import { addRead } from './add-read.ts'
import { time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'

/** A connector or an authority whose credential was refused. */
export const pausedState = z
  .object({
    id: z.string(),
    pausedSince: time.nullable(),
    pausedUntil: time.nullable().openapi({ description: 'When one delivery tries whether it works again.' }),
    reason: z.string().nullable(),
  })
  .openapi('Pause')

/** What is left of a vendor's rate limit, for all processes together. */
const callBudget = z
  .object({
    limit: z.number().nullable().openapi({ description: 'What the vendor named; null: it named none.' }),
    limitSeconds: z.number().nullable().openapi({ description: 'It is for so many seconds.' }),
    left: z.number().nullable(),
    stated: z.number().nullable().openapi({ description: 'Calls a second, by HUB_CALLS_PER_SECOND.' }),
    emptiedUntil: time
      .nullable()
      .openapi({ description: 'The vendor refused a call: only lockouts ask it before then.' }),
    waiting: z.array(z.enum(callClasses)).openapi({ description: 'Work that was refused calls just now.' }),
  })
  .openapi('CallBudget')

const connectors = z
  .object({
    connectors: z.array(
      pausedState
        .extend({
          installed: z.boolean().openapi({ description: 'False: it is not configured any more.' }),
          budget: callBudget.nullable().openapi({ description: 'Null: nobody limits its calls.' }),
          members: z.array(z.string()).openapi({ description: 'What it can do: the members of its contract.' }),
        })
        .openapi('Connector'),
    ),
  })
  .openapi('Connectors')

/** Members that are not a capability. */
const facts: readonly string[] = ['id', 'config', 'fields', 'connect', 'doctor', 'commands']

/** Adds the connectors and whether they are paused. */
export function addConnectors(api: Api, { journal, installed }: ApiNeeds): void {
  addRead(
    api,
    {
      role: 'viewer',
      tag: 'connectors',
      path: '/connectors',
      summary: 'Lists the connectors, which are paused, and what is left of their rate limits.',
      answer: connectors,
    },
    async () => {
      const states = new Map((await journal.queue.listConnectorStates()).map((state) => [state.id, state]))
      const budgets = new Map((await journal.queue.listCallBudgets()).map(({ connector, ...one }) => [connector, one]))
      const ids = [...new Set([...installed.map(({ id }) => id), ...states.keys()])].sort()
      return {
        connectors: ids.map((id) => {
          const found = installed.find((one) => one.id === id)
          const members = Object.entries(found?.connector ?? {}).flatMap(([name, member]) =>
            facts.includes(name) || member === undefined ? [] : [name],
          )
          const state = states.get(id) ?? { id, pausedSince: null, pausedUntil: null, reason: null }
          const shown = { installed: found !== undefined, budget: budgets.get(id) ?? null, members: members.sort() }
          return { ...state, ...shown }
        }),
      }
    },
  )
}

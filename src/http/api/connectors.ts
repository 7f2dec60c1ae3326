import { z } from '@hono/zod-openapi'
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

const connectors = z
  .object({
    connectors: z.array(
      pausedState
        .extend({
          installed: z.boolean().openapi({ description: 'False: it is not configured any more.' }),
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
      summary: 'Lists the connectors, and which are paused.',
      answer: connectors,
    },
    async () => {
      const states = new Map((await journal.queue.listConnectorStates()).map((state) => [state.id, state]))
      const ids = [...new Set([...installed.map(({ id }) => id), ...states.keys()])].sort()
      return {
        connectors: ids.map((id) => {
          const found = installed.find((one) => one.id === id)
          const members = Object.entries(found?.connector ?? {}).flatMap(([name, member]) =>
            facts.includes(name) || member === undefined ? [] : [name],
          )
          const state = states.get(id) ?? { id, pausedSince: null, pausedUntil: null, reason: null }
          return { ...state, installed: found !== undefined, members: members.sort() }
        }),
      }
    },
  )
}

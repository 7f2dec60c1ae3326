import { z } from '@hono/zod-openapi'
import type { HoldPlace } from '../../journal/index.ts'
import { type Held, listHeld } from '../../operate/brake-orders.ts'
import { addRead } from './add-read.ts'
import { actor, dropAbsent, openWord, time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, readCursor, writeCursor } from './page.ts'

const direction = openWord(['deny', 'allow'])

const brake = z
  .object({
    limits: z.object({ people: z.number(), percent: z.number(), minutes: z.number() }),
    threshold: z.number().openapi({ description: 'How many people pass within the window now.' }),
    gauges: z.array(
      z.object({
        direction,
        counted: z.int().openapi({ description: 'Distinct people within the window who count.' }),
        expected: z
          .object({ people: z.int(), came: z.int(), until: time, reason: z.string(), by: z.string() })
          .nullable()
          .openapi({ description: 'A planned wave that is still on.' }),
      }),
    ),
  })
  .openapi('Brake')

const hold = z
  .object({
    person: z.string(),
    source: z.string(),
    authorityId: z.string(),
    login: z.string().nullable(),
    status: z.string().nullable(),
    connector: z.string(),
    direction,
    why: openWord(['brake', 'protected']),
    heldAt: time,
    delivery: z.string().nullable().openapi({ description: 'The delivery that waits.' }),
    actor: actor.nullable(),
    order: z
      .object({ kind: openWord(['release', 'cancel']), by: z.string(), reason: z.string(), at: time })
      .nullable()
      .openapi({ description: 'What an operator said of it; null: it waits for one.' }),
  })
  .openapi('Hold')

const holds = z.object({ holds: z.array(hold), next: nextCursor }).openapi('Holds')

/** Adds the brake on mass changes, and who is held. */
export function addBrake(api: Api, { journal, brake: limits }: ApiNeeds): void {
  const read = { role: 'viewer', tag: 'brake' } as const
  addRead(
    api,
    { ...read, path: '/brake', summary: 'Shows how near the brake is to stopping people.', answer: brake },
    async () => ({ limits, ...(await journal.orders.readBrakeStatus(limits)) }),
  )
  addRead(
    api,
    {
      ...read,
      path: '/brake/holds',
      summary: 'Lists who is held, first those who wait for an operator.',
      query: z.strictObject(pageQuery),
      answer: holds,
    },
    async ({ query }) => {
      const listing = { list: 'holds', filter: query }
      const { limit } = query
      const after = readPlace(readCursor(listing, query.cursor, place))
      const rows = await listHeld(journal, { limit: limit + 1, ...dropAbsent({ after }) })
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return { holds: shown, next: writeCursor(listing, last ? writePlace(last) : null) }
    },
  )
}

/** A place in the list of holds, as a cursor has it. */
const place = /^([01]) (\d{1,15}) ([^\s\0]+) ([^\s\0]+) (deny|allow)$/

function writePlace({ order, heldAt, person, connector, direction: of }: Held): string {
  return [order === null ? 0 : 1, Date.parse(heldAt), person, connector, of].join(' ')
}

function readPlace(key: string | undefined): HoldPlace | undefined {
  const [, ordered, at, person, connector, of] = key === undefined ? [] : (place.exec(key) ?? [])
  if (person === undefined || connector === undefined) return undefined
  return { isOrdered: ordered === '1', at: Number(at), person, connector, direction: of === 'allow' ? 'allow' : 'deny' }
}

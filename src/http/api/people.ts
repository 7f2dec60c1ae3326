import { z } from '@hono/zod-openapi'
import { readPerson } from '../../operate/one-person.ts'
import { searchPeople } from '../../operate/search-people.ts'
import { addRead } from './add-read.ts'
import { givenId, givenText } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'
import { openConflict, person, shownPerson } from './person-schema.ts'
import { ApiProblem } from './problems.ts'

const mostEntries = 500

const found = z
  .object({
    people: z.array(person),
    more: z.boolean().openapi({ description: 'More people fit: write more of the text.' }),
  })
  .openapi('People')

const conflicts = z.object({ conflicts: z.array(openConflict), next: nextCursor }).openapi('Conflicts')

/** Adds what there is to read of people. */
export function addPeople(api: Api, { journal }: ApiNeeds): void {
  const read = { role: 'viewer', tag: 'people' } as const
  addRead(
    api,
    {
      ...read,
      path: '/people',
      summary: 'Finds people by an id, or by the beginning of an e-mail or login they were seen under.',
      query: z.strictObject({ search: givenText().min(3), limit: pageQuery.limit }),
      answer: found,
    },
    async ({ query: { search, limit } }) => searchPeople(journal, { text: search, limit }),
  )
  addRead(
    api,
    {
      ...read,
      path: '/people/{id}',
      summary: 'Shows one person with all that happened.',
      params: z.object({ id: givenId('per') }),
      answer: shownPerson,
      problems: [404],
    },
    async ({ params: { id } }) => {
      const [row] = await journal.records.readPeople([id])
      if (!row) throw new ApiProblem('unknown_person', `The journal has no person ${id}.`)
      const { timeline, ...rest } = await readPerson(journal, row)
      return { ...rest, timeline: timeline.slice(-mostEntries), timelineIsCut: timeline.length > mostEntries }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/conflicts',
      summary: 'Lists the users that could be of a person, were not touched, and wait for an adoption.',
      query: z.strictObject(pageQuery),
      answer: conflicts,
    },
    async ({ query }) => {
      const { rows, next } = takePage(await journal.records.listOpenConflicts(), {
        list: 'conflicts',
        query,
        keyOf: ({ person: of, connector, target }) => [of, connector, target].join(' '),
      })
      return { conflicts: rows, next }
    },
  )
}

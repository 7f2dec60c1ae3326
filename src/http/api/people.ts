import { z } from '@hono/zod-openapi'
import type { ListedPerson } from '../../journal/index.ts'
import { makeLookAtPerson } from '../../operate/look-at-person.ts'
import { listTimeline, readPerson } from '../../operate/one-person.ts'
import { searchPeople } from '../../operate/search-people.ts'
import { addAct } from './add-act.ts'
import { addRead } from './add-read.ts'
import { dropAbsent, givenId, givenText } from './facts.ts'
import { findPerson } from './find-person.ts'
import { personLook } from './look-schema.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, readCursor, takePage, writeCursor } from './page.ts'
import { openConflict, person, shownPerson, timelineEntry } from './person-schema.ts'

const mostEntries = 500

const found = z
  .object({
    people: z.array(person),
    more: z.boolean().openapi({ description: 'More people fit: go on with `next`.' }),
    next: nextCursor,
  })
  .openapi('People')

const timeline = z
  .object({
    entries: z.array(timelineEntry).openapi({
      description: 'The latest first. Entries of one moment stay together: a page may hold more than its limit.',
    }),
    next: nextCursor,
  })
  .openapi('Timeline')

const conflicts = z.object({ conflicts: z.array(openConflict), next: nextCursor }).openapi('Conflicts')

/** A place in the list of people: an id, and what that person was seen under, which may be empty. */
const place = /^(per_\w{1,60}) ([^\0]*)$/

/** A moment, in seconds. */
const moment = /^\d{1,12}(\.\d{1,9})?$/

/** Adds what there is to read of people, in the journal and, when it is asked for, at the vendors. */
export function addPeople(api: Api, needs: ApiNeeds): void {
  const { journal } = needs
  const read = { role: 'viewer', tag: 'people' } as const
  const params = z.object({ id: givenId('per') })
  addRead(
    api,
    {
      ...read,
      path: '/people',
      summary: 'Lists people; with `search` those of an id, or seen under an e-mail or login that begins with it.',
      query: z.strictObject({ search: givenText().min(3).optional(), ...pageQuery }),
      answer: found,
    },
    async ({ query }) => {
      const { search: text, limit, cursor } = query
      const listing = { list: 'people', filter: query }
      const after = readPlace(readCursor(listing, cursor, place))
      const { people, next } = await searchPeople(journal, dropAbsent({ text, limit, after }))
      return { people, more: next !== null, next: writeCursor(listing, next && `${next.person} ${next.seen}`) }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/people/{id}',
      summary: 'Shows one person with the latest that happened.',
      params,
      answer: shownPerson,
      problems: [404],
    },
    async ({ params: { id } }) => {
      const { older, ...rest } = await readPerson(journal, await findPerson(journal, id), { latest: mostEntries })
      return { ...rest, timelineIsCut: older !== null }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/people/{id}/timeline',
      summary: 'Lists what was heard of a person and done about them, the latest first.',
      params,
      query: z.strictObject(pageQuery),
      answer: timeline,
      problems: [404],
    },
    async ({ params: { id }, query }) => {
      await findPerson(journal, id)
      const listing = { list: `timeline ${id}`, filter: query }
      const before = readCursor(listing, query.cursor, moment)
      const { entries, older } = await listTimeline(journal, { person: id, before, limit: query.limit })
      return { entries: entries.toReversed(), next: writeCursor(listing, older) }
    },
  )
  const lookAtPerson = makeLookAtPerson(needs)
  addAct(
    api,
    needs,
    {
      role: 'operator',
      tag: 'people',
      path: '/people/{id}/look',
      summary: 'Reads a person now, at the authority and at every connector. Nothing is written.',
      params,
      body: z.strictObject({}),
      answer: personLook,
      isFresh: true,
    },
    async ({ params: { id } }) => lookAtPerson(id),
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

function readPlace(key: string | undefined): ListedPerson | undefined {
  const [, person, seen] = key === undefined ? [] : (place.exec(key) ?? [])
  return person === undefined || seen === undefined ? undefined : { person, seen }
}

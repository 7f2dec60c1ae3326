import type { Journal, ListedPerson, PersonRow } from '../journal/index.ts'

/** `next`: `after` of the next page; null: there is no more. */
export type FoundPeople = { people: PersonRow[]; next: ListedPerson | null }

type PeopleQuery = {
  /** Left out: all people, in the order of their ids. */
  text?: string
  after?: ListedPerson
  limit: number
}

/**
 * Lists a page of people. With a text, first whom it names as a whole, by an id or by what they were seen under, then who
 * were seen under something that begins with it, in the order of that.
 */
export async function searchPeople(
  { records }: Pick<Journal, 'records'>,
  { text, after, limit }: PeopleQuery,
): Promise<FoundPeople> {
  const named = text === undefined ? [] : (await records.findPeople(text)).map(({ id }) => id)
  const most = limit + named.length + 1
  const begun =
    text === undefined
      ? await records.listPeopleIds({ after: after?.person ?? '', limit: most })
      : await records.listPeopleSeenAs({ begin: text, ...(after && after.seen !== '' ? { after } : {}), limit: most })
  // Whom the text names stands under no text. The place behind one of them is the next of them, or the first who begins so.
  const left = after === undefined ? named : after.seen === '' ? named.slice(named.indexOf(after.person) + 1) : []
  const listed = [
    ...left.map((person) => ({ person, seen: '' })),
    ...begun.filter(({ person }) => !named.includes(person)),
  ]
  const page = listed.slice(0, limit)
  const rows = new Map((await records.readPeople(page.map(({ person }) => person))).map((row) => [row.id, row]))
  return {
    people: page.flatMap(({ person }) => rows.get(person) ?? []),
    next: listed.length > limit ? (page.at(-1) ?? null) : null,
  }
}

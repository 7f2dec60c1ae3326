import type { Journal, PersonRow } from '../journal/index.ts'

/** `more`: more people fit than are listed. */
export type FoundPeople = { people: PersonRow[]; more: boolean }

/**
 * Finds people by a text: first whom it names as a whole, by an id or by what they were seen under, then who were seen
 * under something that begins with it.
 */
export async function searchPeople(
  { records }: Pick<Journal, 'records'>,
  { text, limit }: { text: string; limit: number },
): Promise<FoundPeople> {
  const named = (await records.findPeople(text)).map(({ id }) => id)
  const begun = await records.findPeopleSeenAs({ begin: text, limit: limit + named.length + 1 })
  const ids = [...new Set([...named, ...begun.toSorted()])]
  const rows = new Map((await records.readPeople(ids.slice(0, limit))).map((row) => [row.id, row]))
  return { people: ids.slice(0, limit).flatMap((id) => rows.get(id) ?? []), more: ids.length > limit }
}

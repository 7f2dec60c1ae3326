import type { Person, PersonState } from '../../../src/index.ts'

/** The authority's id of somebody else who has one of these e-mails, as the authority says now, and whom `which` picks. */
export async function otherHolder(
  person: Person,
  emails: Iterable<string>,
  which: (other: PersonState) => boolean,
): Promise<string | undefined> {
  for (const email of new Set([...emails].map((each) => each.toLowerCase()))) {
    const others = await person.othersHolding(email)
    const found = others.find(which)
    if (found) return found.authorityId
  }
  return undefined
}

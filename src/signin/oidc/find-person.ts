import type { PersonKey } from '../../core/person.ts'
import { actsFor } from '../../host/acts-for.ts'
import type { Installed } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'

/** A connector that may know whom an issuer's subject names. */
export type KnowsSubjects = Pick<Installed, 'id' | 'connector' | 'config'>

type Needs = {
  journal: { records: Pick<Journal['records'], 'listLinkedPeople'> }
  installed: readonly KnowsSubjects[]
}

/**
 * Finds the person who signed in, by what the issuer vouches for as the vendor of a configured connector. Null: nobody is
 * certain. An id at the authority is certain; a user is as far as one person alone is linked to it, those left out who
 * are denied (a re-hire may have two ids), unless all are.
 */
export async function findPerson(
  { journal, installed }: Needs,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<PersonKey | null> {
  for (const one of installed) {
    const names = one.connector.subjectsOf?.({ config: one.config, issuer })?.(subject)
    if (!names) continue
    const sources = names.authorityId === undefined ? [] : listAuthorities(one, installed)
    const [source, ...others] = sources
    if (names.authorityId !== undefined && source !== undefined && others.length === 0) {
      return { source, authorityId: names.authorityId }
    }
    if (names.user === undefined) continue
    const linked = await journal.records.listLinkedPeople({ connector: one.id, user: names.user })
    const allowed = linked.filter(({ denied }) => !denied)
    const [person, another] = allowed.length > 0 ? allowed : linked.slice(0, 1)
    if (person && !another) return { source: person.source, authorityId: person.authorityId }
  }
  return null
}

/** The authorities whose people a connector's ids are: itself, if it is one, or else those that it acts for. */
function listAuthorities(one: KnowsSubjects, installed: readonly KnowsSubjects[]): string[] {
  if (one.connector.read) return [one.id]
  return installed.filter(({ connector, id }) => connector.read && actsFor(one, id)).map(({ id }) => id)
}

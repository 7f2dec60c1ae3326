import type { Sighting } from '../core/change.ts'
import type { Clock } from '../core/clock.ts'
import { foldEmail } from '../core/email.ts'
import { errorMessage } from '../core/errors.ts'
import { personId } from '../core/id.ts'
import type { Person, PersonKey, PersonState } from '../core/person.ts'
import type { ClaimedPerson } from '../core/queue.ts'
import type { Journal } from '../journal/index.ts'
import { findHolders, readState } from './authority.ts'
import type { Installed } from './installed.ts'

/** A person as the journal has them, with what the authority says of them. */
export type ReadPerson = { person: ClaimedPerson; state: PersonState }

/** At which connector a handler sees the person, and who answers the handler's questions about other people. */
export type PersonView = {
  installed: Installed
  authority: Installed
  /** Every authority that is asked who else holds an e-mail: it may be another person's in another org. */
  authorities: readonly Installed[]
  clock: Clock
  signal: AbortSignal
  journal: Pick<Journal, 'records'>
}

/** Makes a person as handlers see them. */
export function makePerson({ person, state }: ReadPerson, view: PersonView): Person {
  const { installed, authorities } = view
  const seen = (kind: Sighting['kind']) => person.sightings.flatMap((one) => (one.kind === kind ? [one.value] : []))
  const spellings = [...new Set([...state.emails, ...seen('email')])]
  return {
    id: person.id,
    source: person.source,
    authorityId: person.authorityId,
    state,
    emails: [...new Set(spellings.map(foldEmail))],
    spellings,
    logins: [...new Set([...state.logins, ...seen('login')])],
    links: listLinks(person, installed.id),
    formerLinks: listSeen(person, { kind: 'former_link', connector: installed.id }),
    contested: person.contested ?? false,
    adopted: listSeen(person, { kind: 'adopted', connector: installed.id }),
    othersHolding: async (email) =>
      (await Promise.all(authorities.map((authority) => findOthers(authority, { email, person, view })))).flat(),
    stateOfOther: (authorityId) => readOther({ source: person.source, authorityId }, view),
  }
}

/** Lists the ids of the person's users at a connector, as earlier plans saw them. */
export function listLinks(person: ClaimedPerson, connector: string): string[] {
  return listSeen(person, { kind: 'link', connector })
}

function listSeen({ sightings }: ClaimedPerson, here: { kind: Sighting['kind']; connector: string }): string[] {
  return sightings.flatMap((seen) => (seen.kind === here.kind && seen.connector === here.connector ? [seen.value] : []))
}

type OthersQuestion = { email: string; person: ClaimedPerson; view: PersonView }

/**
 * Finds who else holds an e-mail at one authority. A refused credential at another authority than the person's own is a
 * temporary error here: this person's lane does not wait for that authority, and would ask it again without a pause.
 */
async function findOthers(authority: Installed, { email, person, view }: OthersQuestion): Promise<PersonState[]> {
  if (!authority.connector.holders) return []
  const isOwn = authority.id === person.source
  try {
    const holders = await findHolders({ authority, email, signal: view.signal, clock: view.clock })
    return holders.filter(({ authorityId }) => !isOwn || authorityId !== person.authorityId)
  } catch (thrown) {
    if (isOwn) throw thrown
    throw new Error(`${authority.id} could not be asked who else holds an e-mail: ${errorMessage(thrown)}`)
  }
}

/** Reads another person of the same authority. "Gone" is believed only of an id that this hub has read before. */
async function readOther(key: PersonKey, { journal, authority, signal, clock }: PersonView) {
  const [known] = await journal.records.findPeople(personId(key))
  const person = { authorityId: key.authorityId, state: known?.state ?? null }
  const said = await readState({ authority, person, signal, clock })
  return 'kind' in said ? null : said
}

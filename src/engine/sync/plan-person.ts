import type { Sighting } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import type { PlanContext } from '../../core/connector.ts'
import { errorMessage } from '../../core/errors.ts'
import { personId } from '../../core/id.ts'
import type { Person, PersonKey, PersonState } from '../../core/person.ts'
import type { ClaimedPerson } from '../../core/queue.ts'
import { readState } from '../../host/authority.ts'
import { type Installed, withClient } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'

export type PlanParts = {
  installed: Installed
  authority: Installed
  /** Every authority of this hub: an e-mail may be somebody else's in another org. */
  authorities: readonly Installed[]
  clock: Clock
  signal: AbortSignal
  journal: Pick<Journal, 'records'>
}

/** Whose state is compared, with what the authority says, and what gave rise to it. */
export type Subject = {
  person: ClaimedPerson
  state: PersonState
  cause: { eventId: string; type: string; time: string }
  attempt: number
  idempotencyKey: string
}

/** What the connector's handlers are given. */
export function contextOf(
  subject: Subject,
  parts: PlanParts,
  client: unknown,
): PlanContext<unknown, Record<string, unknown>> {
  const { installed, signal } = parts
  const { attempt, idempotencyKey, cause } = subject
  return {
    client,
    config: installed.config,
    http: installed.http({ signal, idempotencyKey }),
    signal,
    attempt,
    idempotencyKey,
    log: installed.log,
    now: parts.clock.now,
    person: personOf(subject, parts),
    cause,
  }
}

/** Ids of the person's users at a connector, as earlier plans saw them. */
export function linksOf(person: ClaimedPerson, connector: string): string[] {
  return seenHere(person, { kind: 'link', connector })
}

function seenHere({ sightings }: ClaimedPerson, here: { kind: Sighting['kind']; connector: string }): string[] {
  return sightings.flatMap((seen) => (seen.kind === here.kind && seen.connector === here.connector ? [seen.value] : []))
}

/** A person as handlers see them. */
export function personOf({ person, state }: Pick<Subject, 'person' | 'state'>, parts: PlanParts): Person {
  const { installed, authorities, signal, clock } = parts
  const seen = (kind: Sighting['kind']) => person.sightings.filter((sighting) => sighting.kind === kind)
  const emails = [...state.emails, ...seen('email').map((sighting) => sighting.value)].map((email) =>
    email.toLowerCase(),
  )
  return {
    id: person.id,
    source: person.source,
    authorityId: person.authorityId,
    state,
    emails: [...new Set(emails)],
    links: linksOf(person, installed.id),
    adopted: seenHere(person, { kind: 'adopted', connector: installed.id }),
    othersHolding: async (email) => {
      const asked = authorities.map((authority) => othersAt(authority, { email, person, signal, now: clock.now }))
      return (await Promise.all(asked)).flat()
    },
    stateOfOther: (authorityId) => stateOfOther({ source: person.source, authorityId }, parts),
  }
}

type HoldersQuestion = { email: string; person: ClaimedPerson; signal: AbortSignal; now: Clock['now'] }

/**
 * Who else holds an e-mail at one authority. A refusal at another than the person's own is weather here: this person's
 * lane does not wait for that authority, and would ask it again without a pause.
 */
async function othersAt(authority: Installed, { person, ...question }: HoldersQuestion): Promise<PersonState[]> {
  const { connector, config, log } = authority
  const isOwn = authority.id === person.source
  try {
    const holders = await withClient(authority, async (client) =>
      connector.holders?.({ client, config, log, ...question }),
    )
    return (holders ?? []).filter(({ authorityId }) => !isOwn || authorityId !== person.authorityId)
  } catch (thrown) {
    if (isOwn) throw thrown
    throw new Error(`${authority.id} could not be asked who else holds an e-mail: ${errorMessage(thrown)}`)
  }
}

/** As for everybody, "gone" is believed only of an id that this hub has read before. */
async function stateOfOther(key: PersonKey, { journal, authority, signal, clock }: PlanParts) {
  const [known] = await journal.records.findPeople(personId(key))
  const person = { authorityId: key.authorityId, state: known?.state ?? null }
  const said = await readState({ authority, person, signal, clock, log: authority.log })
  return 'kind' in said ? null : said
}

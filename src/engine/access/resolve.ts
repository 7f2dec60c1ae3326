import { accessesOf, instanceOf } from '../../core/access.ts'
import { answerGoesOn } from '../../core/answers.ts'
import type { Clock } from '../../core/clock.ts'
import { errorMessage } from '../../core/errors.ts'
import { makeId, personId } from '../../core/id.ts'
import { personLane } from '../../core/lane.ts'
import { findRefusedRight } from '../../core/outcome.ts'
import type { PersonKey } from '../../core/person.ts'
import { explainUnmapped, mapRevoke } from '../../host/allow-list.ts'
import { findHolders } from '../../host/authority.ts'
import type { Installed } from '../../host/installed.ts'
import type { FollowingRevoke, Journal } from '../../journal/index.ts'
import { type InlineResult, type InlineRun, makeResult } from './access-work.ts'
import type { Revoke } from './revoke.ts'

/**
 * Finds out whose access a revoke takes away, and queues it in that person's lane. While the authority cannot be read,
 * the person last seen under the e-mail decides; if there was none, the connector is called with the e-mail alone.
 */
export function makeResolve({
  journal,
  installed,
  clock,
  leaseSeconds,
  revoke,
}: {
  journal: Journal
  installed: readonly Installed[]
  clock: Clock
  leaseSeconds: number
  revoke: Revoke
}): (run: InlineRun) => Promise<InlineResult> {
  const findPeople = makeFindPeople({ journal, installed, clock })

  return async (given) => {
    const run = given.delivery.inline.asked.unmapped ? await mapAgain(given, journal) : given
    if ('outcome' in run) return run
    const found = await findPeople(run)
    if ('failed' in found) return found.failed
    const refused = found.refused ? { refused: found.refused } : {}
    if (found.people.length === 0) return { ...(await revoke(run)), ...refused }
    // The process that holds the request carries it out at once; the queue does if that process dies.
    const inSeconds = run.foreground ? leaseSeconds : 0
    const revokes = found.people.map((person) => makeFollowingRevoke(run, { person, inSeconds, clock }))
    const reply = answerGoesOn('It is being carried out.')
    return makeResult({ kind: 'succeeded' }, reply, { settlement: { revokes }, ...refused })
  }
}

/**
 * Maps a revoke again that the allow-list did not have when it came in. What is still not on it ends as it did: the
 * connector cannot be told what to take away.
 */
async function mapAgain(run: InlineRun, journal: Journal): Promise<InlineRun | InlineResult> {
  const { delivery, connector } = run
  const { unmapped: _, ...request } = delivery.inline.asked
  // The application itself is journaled as a permission without a value.
  const named = request.permissions.filter(({ value }) => value !== '')
  const mapped = await mapRevoke({ ...request, permissions: named }, connector, journal)
  if ('unmapped' in mapped) {
    const error = explainUnmapped(request, { installed: connector, values: mapped.unmapped })
    const reply = { kind: 'refused', code: 'unmapped_request', reason: error } as const
    return makeResult({ kind: 'permanent', error, final: true, code: 'unmapped' }, reply)
  }
  const asked = { ...request, permissions: mapped.permissions, whole: mapped.whole }
  return { ...run, delivery: { ...delivery, inline: { ...delivery.inline, asked, accesses: accessesOf(asked) } } }
}

type Found = { people: PersonKey[]; refused: InlineResult['refused'] } | { failed: InlineResult }

/** Makes what finds the people that a revoke's e-mail means. */
function makeFindPeople({
  journal,
  installed,
  clock,
}: {
  journal: Pick<Journal, 'access'>
  installed: readonly Installed[]
  clock: Clock
}): (run: InlineRun) => Promise<Found> {
  const findLastSeen = async ({ delivery }: InlineRun): Promise<PersonKey[]> => {
    const { authority: source, subject } = delivery.inline.asked
    const seen = await journal.access.findLastSeen({ authority: source, email: subject.email })
    return seen ? [{ source, authorityId: seen.authorityId }] : []
  }

  /** The e-mail may be another person's by now: a person who was given the access under it loses it too. */
  const findGrantedAs = ({ delivery, connector }: InlineRun): Promise<PersonKey[]> => {
    const { subject, authority } = delivery.inline.asked
    const { accesses } = delivery.inline
    return journal.access.findGrantees({
      ...{ connector: connector.id, authority, email: subject.email, accesses },
      whole: wholeOf(delivery),
    })
  }

  /** Several people share the e-mail: those to whom the hub gave the access, or all of them. */
  const chooseHolders = async (people: PersonKey[], { delivery, connector }: InlineRun): Promise<PersonKey[]> => {
    if (people.length === 1) return people
    const holders = await journal.access.filterHolders({
      people: people.map((person) => personId(person)),
      connector: connector.id,
      accesses: delivery.inline.accesses,
      whole: wholeOf(delivery),
    })
    const having = people.filter((person) => holders.includes(personId(person)))
    return having.length > 0 ? having : people
  }

  return async (run) => {
    const { subject, authority: source } = run.delivery.inline.asked
    const authority = installed.find(({ id }) => id === source)
    try {
      if (!authority) throw new Error(`The authority ${source} is not configured here.`)
      const holders = await findHolders({ authority, email: subject.email, signal: run.signal, clock })
      const people = holders.map(({ authorityId }) => ({ source, authorityId }))
      const named = people.length > 0 ? await chooseHolders(people, run) : await findLastSeen(run)
      return { people: mergePeople(named, await findGrantedAs(run)), refused: null }
    } catch (thrown) {
      run.assertHeld()
      const refused = findRefusedRight(thrown, source)
      const people = mergePeople(await findLastSeen(run), await findGrantedAs(run))
      if (people.length > 0) return { people, refused }
      // Not the outcome `credential`: this lane does not wait for the authority, but for its schedule.
      const reply = answerGoesOn(`${source} cannot say who this is just now.`)
      return { failed: makeResult({ kind: 'retry', error: errorMessage(thrown) }, reply, { refused }) }
    }
  }
}

/** The application, where all of it is to be taken away. */
function wholeOf({ inline }: InlineRun['delivery']): string | null {
  return inline.asked.whole ? instanceOf(inline.asked.application) : null
}

function mergePeople(...lists: PersonKey[][]): PersonKey[] {
  return [...new Map(lists.flat().map((person) => [personId(person), person])).values()]
}

function makeFollowingRevoke(
  { delivery, connector }: InlineRun,
  { person, inSeconds, clock }: { person: PersonKey; inSeconds: number; clock: Clock },
): FollowingRevoke {
  const { asked, accesses } = delivery.inline
  return {
    id: makeId('dlv', clock),
    from: delivery.id,
    lane: personLane({ connector: connector.id, authority: person.source, authorityId: person.authorityId }),
    connector: connector.id,
    person: { id: personId(person), ...person },
    inline: { asked, accesses, deadlineInSeconds: 0, dedupeKey: null },
    due: { inSeconds },
    grants: null,
  }
}

import { accessesOf, instanceOf } from '../../core/access.ts'
import { answerGoesOn } from '../../core/answers.ts'
import { errorMessage } from '../../core/errors.ts'
import { makeId, personId } from '../../core/id.ts'
import { personLane } from '../../core/lane.ts'
import { findRefusedRight } from '../../core/outcome.ts'
import type { PersonKey } from '../../core/person.ts'
import { mapRevoke, notAllowed } from '../../host/allow-list.ts'
import { findHolders } from '../../host/authority.ts'
import type { FollowingRevoke } from '../../journal/index.ts'
import { authorityOf, type InlineParts, type InlineResult, type InlineRun, result } from './access-work.ts'
import { runRevoke } from './revoke.ts'

/**
 * Finds out whose access a revoke takes away, and has it done in that person's lane. While the authority cannot be read,
 * whoever was seen last under the e-mail decides; when nobody ever was, the e-mail alone is gone by.
 */
export async function runResolve(given: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const run = given.delivery.inline.asked.unmapped ? await mapAgain(given, parts) : given
  if ('outcome' in run) return run
  const found = await findPeople(run, parts)
  if ('failed' in found) return found.failed
  const refused = found.refused ? { refused: found.refused } : {}
  if (found.people.length === 0) {
    const done = await runRevoke(run, parts)
    return { ...done, ...refused }
  }
  const revokes = found.people.map((person) => revokeOf(person, run, parts))
  return result({ kind: 'succeeded' }, answerGoesOn('It is being carried out.'), {
    settlement: { revokes },
    ...refused,
  })
}

/**
 * Maps a revoke again that the allow-list did not have when it came in. What is still not on it ends as it did: the
 * connector cannot be told what to take away.
 */
async function mapAgain(run: InlineRun, { journal }: InlineParts): Promise<InlineRun | InlineResult> {
  const { delivery, connector } = run
  const { unmapped: _, ...request } = delivery.inline.asked
  // The application itself is journaled as a permission without a value.
  const named = request.permissions.filter(({ value }) => value !== '')
  const mapped = await mapRevoke({ ...request, permissions: named }, connector, journal)
  if ('unmapped' in mapped) {
    const error = notAllowed(request, { installed: connector, values: mapped.unmapped })
    const reply = { kind: 'refused', code: 'unmapped_request', reason: error } as const
    return result({ kind: 'permanent', error, final: true, code: 'unmapped' }, reply)
  }
  const asked = { ...request, permissions: mapped.permissions, whole: mapped.whole }
  return { ...run, delivery: { ...delivery, inline: { ...delivery.inline, asked, accesses: accessesOf(asked) } } }
}

type Found = { people: PersonKey[]; refused: InlineResult['refused'] } | { failed: InlineResult }

async function findPeople(run: InlineRun, parts: InlineParts): Promise<Found> {
  const { subject, authority: source } = run.delivery.inline.asked
  const { email } = subject
  const authority = authorityOf(run, parts)
  const lastSeen = async () => {
    const seen = await parts.journal.access.lastSeen({ authority: source, email })
    return seen ? [{ source, authorityId: seen.authorityId }] : []
  }
  try {
    if (!authority) throw new Error(`The authority ${source} is not configured here.`)
    const holders = await findHolders({ authority, email, signal: run.signal, clock: parts.clock })
    const people = holders.map(({ authorityId }) => ({ source, authorityId }))
    const named = people.length > 0 ? await whoHaveIt(people, run, parts) : await lastSeen()
    return { people: together(named, await grantedAs(run, parts)), refused: null }
  } catch (thrown) {
    run.assertHeld()
    const error = errorMessage(thrown)
    const refused = findRefusedRight(thrown, source)
    const people = together(await lastSeen(), await grantedAs(run, parts))
    if (people.length > 0) return { people, refused }
    // Not the outcome `credential`: this lane does not wait for the authority, but for its schedule.
    return {
      failed: result({ kind: 'retry', error }, answerGoesOn(`${source} cannot say who this is just now.`), { refused }),
    }
  }
}

/** The e-mail may be somebody else's by now: whoever was given the access under it loses it too. */
async function grantedAs({ delivery, connector }: InlineRun, { journal }: InlineParts): Promise<PersonKey[]> {
  const { application, subject, authority, whole } = delivery.inline.asked
  return journal.access.grantedAs({
    connector: connector.id,
    authority,
    email: subject.email,
    accesses: delivery.inline.accesses,
    whole: whole ? instanceOf(application) : null,
  })
}

function together(...lists: PersonKey[][]): PersonKey[] {
  return [...new Map(lists.flat().map((person) => [personId(person), person])).values()]
}

/** Several people share the e-mail: those whom the hub gave the access, or all of them. */
async function whoHaveIt(people: PersonKey[], run: InlineRun, parts: InlineParts): Promise<PersonKey[]> {
  if (people.length === 1) return people
  const { accesses, asked } = run.delivery.inline
  const holders = await parts.journal.access.holdersOf({
    people: people.map((person) => personId(person)),
    connector: run.connector.id,
    accesses,
    whole: asked.whole ? instanceOf(asked.application) : null,
  })
  const having = people.filter((person) => holders.includes(personId(person)))
  return having.length > 0 ? having : people
}

function revokeOf(
  person: PersonKey,
  { delivery, connector, foreground }: InlineRun,
  parts: InlineParts,
): FollowingRevoke {
  const { asked, accesses } = delivery.inline
  return {
    id: makeId('dlv', parts.clock),
    from: delivery.id,
    lane: personLane({ connector: connector.id, authority: person.source, authorityId: person.authorityId }),
    connector: connector.id,
    person: { id: personId(person), ...person },
    inline: { asked, accesses, deadlineInSeconds: 0, dedupeKey: null },
    // Whoever holds the request carries it out at once; the queue does if that process dies.
    due: { inSeconds: foreground ? parts.leaseSeconds : 0 },
    grants: null,
  }
}

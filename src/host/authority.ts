import type { Clock } from '../core/clock.ts'
import type { Outcome } from '../core/outcome.ts'
import type { PersonState } from '../core/person.ts'
import type { ClaimedPerson } from '../core/queue.ts'
import { makeReadContext } from './context.ts'
import { type Installed, withClient } from './installed.ts'

type AuthorityCall = { authority: Installed; signal: AbortSignal; clock: Clock }

/**
 * Asks the authority for the person's true state. "Gone" is believed only with the authority's own word for it and
 * for a person this hub has read before: any other 404 could be a wrong org, a proxy or a forged id, and is held.
 */
export async function readState(
  call: AuthorityCall & { person: Pick<ClaimedPerson, 'authorityId' | 'state'> },
): Promise<PersonState | Outcome> {
  const { authority, person, clock } = call
  const { authorityId } = person
  const found = await withClient(authority, async (client) =>
    authority.connector.read?.({ ...makeReadContext(call, client), authorityId, known: person.state }),
  )
  if (!found) throw new Error(`The connector ${authority.id} cannot read people.`)
  if (!('notFound' in found)) return found
  if (!found.certain || person.state === null) {
    return { kind: 'held', error: `${found.detail} The hub does not take that as a leaver.`, code: 'unknown_person' }
  }
  return {
    authorityId,
    status: 'gone',
    access: 'deny',
    statusChangedAt: null,
    emails: [],
    logins: [],
    readAt: clock.now().toISOString(),
    ...(person.state.memory ? { memory: person.state.memory } : {}),
  }
}

/**
 * Finds every person at the authority who has this e-mail.
 * @throws CredentialError, or a temporary error, when the authority cannot be read
 */
export async function findHolders(call: AuthorityCall & { email: string }): Promise<PersonState[]> {
  const { authority, email, signal } = call
  signal.throwIfAborted()
  const holders = await withClient(authority, async (client) =>
    authority.connector.holders?.({ ...makeReadContext(call, client), email }),
  )
  if (!holders) throw new Error(`The connector ${authority.id} cannot say who has an e-mail.`)
  return holders
}

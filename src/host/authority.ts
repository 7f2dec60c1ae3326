import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Outcome } from '../core/outcome.ts'
import type { PersonState } from '../core/person.ts'
import type { ClaimedPerson } from '../core/queue.ts'
import { type Installed, withClient } from './installed.ts'

export type ReadQuestion = {
  authority: Installed
  person: Pick<ClaimedPerson, 'authorityId' | 'state'>
  signal: AbortSignal
  clock: Clock
  log: Log
}

/**
 * Asks the authority for the person's true state. "Gone" is believed only with the authority's own word for it and
 * for somebody this hub has read before: any other 404 could be a wrong org, a proxy or a forged id, and is held.
 */
export async function readState({
  authority,
  person,
  signal,
  clock,
  log,
}: ReadQuestion): Promise<PersonState | Outcome> {
  const { connector, config } = authority
  const found = await withClient(authority, async (client) =>
    connector.read?.({ client, config, signal, log, now: clock.now, authorityId: person.authorityId }),
  )
  if (!found) throw new Error(`The connector ${authority.id} cannot read people.`)
  if (!('notFound' in found)) return found
  if (!found.certain || person.state === null) {
    return {
      kind: 'held',
      error: `${found.detail} The hub does not take that as a leaver.`,
      code: 'unknown_person',
    }
  }
  return {
    authorityId: person.authorityId,
    status: 'gone',
    access: 'deny',
    statusChangedAt: null,
    emails: [],
    logins: [],
    readAt: clock.now().toISOString(),
  }
}

import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Outcome } from '../core/outcome.ts'
import type { PersonState } from '../core/person.ts'
import type { ClaimedDelivery, ClaimedPerson } from '../core/queue.ts'
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

export type TooEarly = Extract<Outcome, { kind: 'too_early' }>

/**
 * A read can be too early: Okta may announce a deactivation before it shows it. When the last thing that was announced
 * is a denial and the authority shows an older "allowed", the read is repeated before anything is believed.
 */
export function isTooEarly(state: PersonState, deliveries: readonly ClaimedDelivery[]): TooEarly | null {
  if (state.access !== 'allow') return null
  const last = lastHint(deliveries)
  if (last?.hint !== 'deny') return null
  const announced = happenedAt(last)
  if (state.statusChangedAt !== null && Date.parse(state.statusChangedAt) > announced) return null
  const error = `${last.event.type} was announced at ${last.event.time}, but the authority still says ${state.status}.`
  return { kind: 'too_early', error, rechecks: usedRechecks(last, deliveries) }
}

/** A read that other news brought about before its time uses none of the waits up: the last one begins anew. */
function usedRechecks(last: ClaimedDelivery, deliveries: readonly ClaimedDelivery[]): number {
  const timeHasCome = deliveries.some((delivery) => delivery.due && delivery.rechecks > 0)
  return timeHasCome ? last.rechecks : Math.max(last.rechecks - 1, 0)
}

/**
 * The last event, by the sender's clock, whose type says something about the person's access. One that the authority
 * has contradicted to the end says nothing any more.
 */
export function lastHint(deliveries: readonly ClaimedDelivery[]): ClaimedDelivery | undefined {
  return deliveries
    .filter(({ hint, status }) => hint !== 'neutral' && status !== 'contradicted')
    .sort((a, b) => happenedAt(a) - happenedAt(b) || a.seq - b.seq)
    .at(-1)
}

/** Clocks of a sender and of this hub may differ by so much. */
const tolerance = 5 * 60_000

/** A time far in the future is a clock that jumped: believed, it would outshine every later event until it comes. */
function happenedAt({ event }: ClaimedDelivery): number {
  const said = Date.parse(event.time)
  const received = Date.parse(event.receivedAt)
  return said > received + tolerance ? received : said
}

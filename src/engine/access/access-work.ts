import type { InlineAnswer } from '../../core/access.ts'
import type { Clock } from '../../core/clock.ts'
import type { AccessNews } from '../../core/hub-event-types.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Person, PersonState } from '../../core/person.ts'
import type { ClaimedDelivery, ClaimedInline, ClaimedLane, ClaimedPerson } from '../../core/queue.ts'
import { makeAccessNews } from '../../events/access-news.ts'
import type { Installed } from '../../host/installed.ts'
import { makePerson, type PersonView, type ReadPerson } from '../../host/person.ts'
import type { AccessSettlement, Journal } from '../../journal/index.ts'
import type { InlineTried } from '../ending/tried.ts'
import type { AccessCall } from './call.ts'

/** A request whose sender waits while this process carries its delivery out. */
export type Foreground = {
  deliveryId: string
  /** Aborted when the sender has given up. */
  signal: AbortSignal
  /** What the authority said of the person, just now. */
  state?: PersonState
}

/** One delivery of an inline kind, in a lane that this worker holds. */
export type InlineRun = {
  delivery: ClaimedDelivery & { inline: ClaimedInline }
  lane: ClaimedLane
  connector: Installed
  /** Aborted when the hub must not write any more. */
  signal: AbortSignal
  assertHeld(): void
  foreground: Foreground | null
}

/** What came of it: how the delivery ended, and what is to be written and told besides. */
export type InlineResult = { outcome: Outcome } & InlineTried

const nothing: AccessSettlement = { granted: [], ended: [], revokes: [] }

type Rest = {
  settlement?: Partial<AccessSettlement>
  news?: readonly AccessNews[]
  refused?: InlineTried['refused']
  sightings?: InlineTried['sightings']
  asked?: boolean
}

/** Makes the result of a run; what is left out did not happen. */
export function makeResult(outcome: Outcome, reply: InlineAnswer, rest: Rest = {}): InlineResult {
  const { settlement, news = [], refused = null, sightings = [], asked = false } = rest
  return { outcome, reply, settlement: { ...nothing, ...settlement }, news, refused, sightings, asked }
}

/** Makes the call of a handler for a run; `signal` where it is another than the lease's. */
export type MakeCall = (run: InlineRun, signal?: AbortSignal) => AccessCall

export function bindMakeCall({
  installed,
  journal,
  clock,
}: {
  installed: readonly Installed[]
  journal: Pick<Journal, 'records'>
  clock: Clock
}): MakeCall {
  return ({ delivery, lane, connector, foreground, signal: leased }, signal = leased) => {
    const { asked, secondsLeft } = delivery.inline
    const authority = installed.find(({ id }) => id === asked.authority)
    const { person } = lane
    const state = person && (foreground?.state ?? person.state ?? makeUnreadState(person, clock))
    return {
      installed: connector,
      clock,
      signal,
      attempt: delivery.attempts + 1,
      idempotencyKey: delivery.id,
      deadline: foreground ? new Date(clock.now().getTime() + secondsLeft * 1000).toISOString() : null,
      asked,
      person:
        person && state
          ? makeSubject({ person, state }, { installed: connector, authority, signal, clock, journal })
          : null,
    }
  }
}

type SubjectView = Omit<PersonView, 'authority' | 'authorities'> & { authority: Installed | undefined }

/** Makes the person of a request. Without its authority, no other person is known to have the same e-mail. */
function makeSubject(read: ReadPerson, view: SubjectView): Person {
  const { authority, installed } = view
  return makePerson(read, { ...view, authority: authority ?? installed, authorities: authority ? [authority] : [] })
}

/** The state of a person whom the authority was never asked about. */
function makeUnreadState({ authorityId }: ClaimedPerson, clock: Clock): PersonState {
  const unread = { status: 'unread', access: 'unchanged' as const, statusChangedAt: null, emails: [], logins: [] }
  return { authorityId, ...unread, readAt: clock.now().toISOString() }
}

/** Makes the news of what became of the access that a run is about. */
export function makeNews(
  { delivery, connector }: InlineRun,
  type: AccessNews['type'],
  reason: string | null,
): AccessNews {
  return makeAccessNews({ type, connector: connector.id, asked: delivery.inline.asked, delivery: delivery.id, reason })
}

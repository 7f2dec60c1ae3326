import type { AskedAccess, InlineAnswer } from '../../core/access.ts'
import type { Clock } from '../../core/clock.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Person, PersonState } from '../../core/person.ts'
import type { HubPolicy } from '../../core/policy.ts'
import type { ClaimedDelivery, ClaimedInline, ClaimedLane, ClaimedPerson } from '../../core/queue.ts'
import type { AccessNews } from '../../events/access-news.ts'
import type { Installed } from '../../host/installed.ts'
import { makePerson, type PersonView, type ReadPerson } from '../../host/person.ts'
import type { AccessSettlement, Journal } from '../../journal/index.ts'
import type { InlineTried } from '../ending/tried.ts'
import type { LookAgain } from '../lease.ts'
import type { AccessCall } from './call.ts'

/** Whoever holds the request while it is carried out. */
export type Foreground = {
  deliveryId: string
  /** Aborted when the sender has given up. */
  signal: AbortSignal
  /** What the authority said of the person, just now. */
  state?: PersonState
}

export type InlineParts = {
  journal: Journal
  clock: Clock
  policy: HubPolicy
  leaseSeconds: number
  installed: readonly Installed[]
  lookAgain: LookAgain
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

export function result(outcome: Outcome, reply: InlineAnswer, rest: Rest = {}): InlineResult {
  const { settlement, news = [], refused = null, sightings = [], asked = false } = rest
  return { outcome, reply, settlement: { ...nothing, ...settlement }, news, refused, sightings, asked }
}

export function authorityOf({ delivery }: InlineRun, parts: InlineParts): Installed | undefined {
  return parts.installed.find(({ id }) => id === delivery.inline.asked.authority)
}

/** The call of a handler for this run; `signal` when it is another than the lease's. */
export function callOf(run: InlineRun, parts: InlineParts, signal = run.signal): AccessCall {
  const { delivery, lane, connector, foreground } = run
  const { journal, clock } = parts
  return {
    installed: connector,
    clock,
    signal,
    attempt: delivery.attempts + 1,
    idempotencyKey: delivery.id,
    deadline: foreground ? new Date(clock.now().getTime() + delivery.inline.secondsLeft * 1000).toISOString() : null,
    asked: delivery.inline.asked,
    person: lane.person
      ? makeSubject(
          { person: lane.person, state: foreground?.state ?? lane.person.state ?? makeUnreadState(lane.person, clock) },
          { installed: connector, authority: authorityOf(run, parts), signal, clock, journal },
        )
      : null,
  }
}

type SubjectView = Omit<PersonView, 'authority' | 'authorities'> & { authority: Installed | undefined }

/** Makes the person of a request. Without its authority, nobody is known to have the same e-mail. */
function makeSubject(read: ReadPerson, view: SubjectView): Person {
  const { authority, installed } = view
  return makePerson(read, { ...view, authority: authority ?? installed, authorities: authority ? [authority] : [] })
}

/** The state of a person whom the authority was never asked about. */
function makeUnreadState({ authorityId }: ClaimedPerson, clock: Clock): PersonState {
  const unread = { status: 'unread', access: 'unchanged' as const, statusChangedAt: null, emails: [], logins: [] }
  return { authorityId, ...unread, readAt: clock.now().toISOString() }
}

type News = {
  type: AccessNews['type']
  connector: string
  about: AskedAccess
  delivery: string
  reason: string | null
}

/** What is told of an access. */
export function accessNews({ type, connector, about, delivery, reason }: News): AccessNews {
  const { subject, application, permissions, until, taskUrl } = about
  return {
    type,
    data: {
      connector,
      email: subject.email,
      application: { id: application.id, label: application.label },
      permissions: permissions.map(({ value, label }) => ({ value, label })),
      until,
      reason,
      taskUrl,
      delivery,
    },
  }
}

/** The same, of a run. */
export function newsOf(
  { delivery, connector }: InlineRun,
  type: AccessNews['type'],
  reason: string | null,
): AccessNews {
  return accessNews({ type, connector: connector.id, about: delivery.inline.asked, delivery: delivery.id, reason })
}

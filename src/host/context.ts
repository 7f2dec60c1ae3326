import type { AccessRequest, AskedAccess, InlineKind, Permission } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import type { Connector, GivenByContext, HandlerContext, RequestContext } from '../core/connector.ts'
import type { Event } from '../core/event.ts'
import { fieldsOfKind, parseFields, parseFieldsLoosely } from '../core/parse-fields.ts'
import type { Person } from '../core/person.ts'
import type { ClaimedDelivery } from '../core/queue.ts'
import type { Installed } from './installed.ts'

// The only maker of what a connector's handlers are given. Every type is inferred from the contract (core/connector.ts):
// a member that the contract adds does not compile before it is given here.

type Config = Installed['config']

type Handlers = Required<Omit<Connector, 'sync' | 'on'> & NonNullable<Connector['sync']>>

/** What the handler of this member is given. */
export type ContextOf<Member extends 'plan' | 'apply' | 'read' | 'list' | RequestMember> = Parameters<
  Handlers[Member]
>[0]

type RequestMember = 'provision' | 'deprovision' | 'has' | 'preapprove' | 'validate'

export type EdgeContext = HandlerContext<unknown, Config> & { event: Event }

/** One call of a handler. */
type HandlerCall = {
  installed: Pick<Installed, 'connector' | 'config' | 'http' | 'log'>
  clock: Clock
  /** Aborted when the hub must not write any more. */
  signal: AbortSignal
  attempt: number
  /** The same for every attempt of one delivery. */
  idempotencyKey: string
}

function makeHandlerContext(call: HandlerCall, client: unknown): HandlerContext<unknown, Config> {
  const { installed, clock, signal, attempt, idempotencyKey } = call
  const { config, log } = installed
  const http = installed.http({ signal, idempotencyKey })
  return { client, config, http, signal, attempt, idempotencyKey, log, now: clock.now }
}

/** Makes what an `on` handler is given: the event as it was claimed. */
export function makeEdgeContext(
  call: HandlerCall,
  { eventId, event }: Pick<ClaimedDelivery, 'eventId' | 'event'>,
  client: unknown,
): EdgeContext {
  // The journal's type of an event is any text. Routing found this handler by that text, so it is a type that it names.
  return { ...makeHandlerContext(call, client), event: { ...event, id: eventId } as Event }
}

type SyncCall = HandlerCall & Pick<ContextOf<'plan'>, 'person' | 'cause'>

/** Makes what `plan` is given, and but for its change, `apply`. */
export function makeSyncContext(call: SyncCall, client: unknown): ContextOf<'plan'> {
  const { person, cause } = call
  return { ...makeHandlerContext(call, client), person, cause }
}

type GivenByCall = HandlerCall & Pick<GivenByContext<unknown, Config>, 'person' | 'target' | 'since' | 'events'>

/** Makes what `givenBy` is given. */
export function makeGivenByContext(call: GivenByCall, client: unknown): GivenByContext<unknown, Config> {
  const { person, target, since, events } = call
  return { ...makeHandlerContext(call, client), person, target, since, events }
}

/** Makes what an authority's `read`, `holders` and `list` are given, but for what is asked. */
export function makeReadContext(
  { authority, signal, clock }: { authority: Pick<Installed, 'config' | 'log'>; signal: AbortSignal; clock: Clock },
  client: unknown,
) {
  const { config, log } = authority
  return { client, config, signal, log, now: clock.now } satisfies Omit<ContextOf<'read'>, 'authorityId'>
}

/** A call about a request for access. */
export type RequestCall = HandlerCall & {
  /** Its intake fields are as the platform sent them: the connector's schema parses them here. */
  asked: Pick<AskedAccess, keyof AccessRequest>
  /** What it is about, where that is not all that was asked for. */
  permissions?: readonly Permission[]
  /** ISO time after which the sender has given up; null: no sender waits. */
  deadline: string | null
}

/** Makes the part of a context that waits for its client. The fields are parsed before, so that they fail first. */
type ForClient<Context> = (client: unknown) => Context

/**
 * Makes what `preapprove` and `validate` are given.
 * @throws PermanentError when the intake fields do not fit
 */
export function makeQuestionContext(
  kind: 'preapprove' | 'validate',
  call: RequestCall,
): ForClient<ContextOf<'validate'>> {
  return withFields(call, parseFields(schemaOf(call, kind), call.asked.fields))
}

/**
 * Makes what `provision` is given.
 * @throws PermanentError when the intake fields do not fit
 */
export function makeProvisionContext(call: RequestCall & { person: Person }): ForClient<ContextOf<'provision'>> {
  const { person } = call
  const make = withFields(call, parseFields(schemaOf(call, 'provision'), call.asked.fields))
  return (client) => ({ ...make(client), person })
}

type LooseCall = RequestCall & { person: Person | null }

/** Makes what `deprovision` is given. A review asks no questions: fields that do not fit are left out. */
export function makeDeprovisionContext(call: LooseCall): ForClient<ContextOf<'deprovision'>> {
  return withLooseFields(call, 'deprovision')
}

/** Makes what `has` is given: the fields of `provision`, which say what was asked for, as far as they fit. */
export function makeHasContext(call: LooseCall): ForClient<ContextOf<'has'>> {
  return withLooseFields(call, 'provision')
}

function withLooseFields(call: LooseCall, kind: InlineKind) {
  const { person } = call
  const make = withFields(call, parseFieldsLoosely(schemaOf(call, kind), call.asked.fields))
  return (client: unknown) => ({ ...make(client), person })
}

function schemaOf({ installed }: RequestCall, kind: InlineKind) {
  return fieldsOfKind(installed.connector.fields, kind)
}

function withFields<Fields>(call: RequestCall, fields: Fields): ForClient<RequestContext<unknown, Config, Fields>> {
  const { asked, permissions = asked.permissions, deadline, clock } = call
  const { subject, application, accessLengthSeconds, until, comment, taskUrl } = asked
  const facts = { subject, application, accessLengthSeconds, until, comment, taskUrl }
  const timeLeftSeconds = () =>
    deadline === null ? Number.POSITIVE_INFINITY : Math.max(0, (Date.parse(deadline) - clock.now().getTime()) / 1000)
  return (client) => ({
    ...makeHandlerContext(call, client),
    request: { ...facts, permissions: [...permissions], fields },
    timeLeftSeconds,
  })
}

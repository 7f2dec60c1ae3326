import { z } from 'zod'
import type { Json } from './json.ts'
import { jsonSetting } from './settings.ts'

/**
 * The shapes of one access request, in the order in which it takes them. There are no others.
 *
 * 1. `ReceivedRequest`: what came, as its source parsed it.
 * 2. `AskedAccess`: mapped by the allow-list; this is journaled and carried out.
 * 3. `NewInline` (core/queue.ts): the same as a delivery is written, with its deadline.
 * 4. `ClaimedInline` (core/queue.ts): the same as a worker claims it, with how far it has come.
 * 5. `AccessRequest`: what a handler gets. Public contract.
 * 6. `InlineAnswer`: what the sender is told.
 * 7. `DeliveryInline` (journal/records/deliveries.ts): what an operator sees.
 *
 * A grant (`NewGrant`, `LiveGrant`, `GrantRow`) bears the `AskedAccess` that it follows from.
 */

/** The four kinds of an inline hook: the handler's key, the URL's segment, the journal's value and the log's. */
export const inlineKinds = ['provision', 'deprovision', 'preapprove', 'validate'] as const

export type InlineKind = (typeof inlineKinds)[number]

/** One thing that is asked for: in the platform's words, and as the connector's own system calls it. */
export type Permission = {
  /** The platform's id of it; empty for the application itself. */
  value: string
  label: string
  /** Where the platform knows it from, such as `OKTA` or `MANUAL`: an open list. */
  source: string
  /** The connector's own name of it, by its allow-list; the value itself where the connector has no list. */
  target: string
}

/** What a request platform asks for, whichever platform it is. */
export type AccessRequest<Fields = undefined> = {
  subject: { email: string; givenName: string | null; familyName: string | null }
  application: { id: string; instanceId: string | null; label: string }
  /** Never empty: an application that is asked for as a whole is one permission with an empty value. */
  permissions: Permission[]
  /** Seconds from when it was sent; null when the access has no end. */
  accessLengthSeconds: number | null
  /** ISO time at which it is to end, by the hub's clock; null when it has no end. */
  until: string | null
  comment: string | null
  taskUrl: string | null
  /** Intake fields, parsed by the connector's own schema; without a schema they cannot be read. */
  fields: Fields
}

export type Preapproval = { answer: 'approve' } | { answer: 'needs_approval'; reason: string }

export type Validation = { answer: 'accept' } | { answer: 'reject'; message: string }

export function approve(): Preapproval {
  return { answer: 'approve' }
}

/** Words that a person reads: an empty text does not compile. */
type Said<Text extends string> = Text extends '' ? never : Text

/** Not a denial: the request goes to its human approvers, with the reason. */
export function needsApproval<Text extends string>(reason: Said<Text>): Preapproval {
  return { answer: 'needs_approval', reason }
}

export function accept(): Validation {
  return { answer: 'accept' }
}

/** Turns the request down; the requester reads the message. */
export function reject<Text extends string>(message: Said<Text>): Validation {
  return { answer: 'reject', message }
}

/** A request as its source parsed it: no target known yet, the intake fields as they came. */
export type ReceivedRequest = Omit<AccessRequest<Json>, 'permissions' | 'until'> & {
  permissions: Omit<Permission, 'target'>[]
}

/** What the sender of an inline hook is told. */
export type InlineAnswer =
  | { kind: 'done' }
  | { kind: 'preapprove'; answer: Preapproval }
  | { kind: 'validate'; answer: Validation }
  /** Nothing happened, and sending it again will not help. `event` is the id of what came, where there is no delivery. */
  | {
      kind: 'refused'
      code: 'refused' | 'unmapped_request' | 'wrong_request' | 'message_id_reused'
      reason: string
      event?: string
    }
  /** `goes_on`: a revoke that is carried out all the same; `too_late`: a grant that is not; `observing`: neither. */
  | { kind: 'not_done'; code: 'goes_on' | 'too_late' | 'observing' | 'journal_unavailable'; reason: string }

/**
 * A request whose permissions have targets: what is journaled and carried out. In memory it is flat. Stored JSON keeps
 * the nested form of earlier versions, `{ request: { subject, application, … }, source, … }`, because an older hub may
 * work on the same database: `journal/access/stored-json.ts` holds the only reader and the only writer of that form.
 */
export type AskedAccess = Omit<ReceivedRequest, 'permissions'> & {
  permissions: Permission[]
  source: string
  /** The connector that says who the subject is. */
  authority: string
  /** ISO time at which it came in. */
  receivedAt: string
  /** ISO time at which the access is to end; null: it has no end. */
  until: string | null
  /** Nothing was named but the application: whatever of it is granted is meant. */
  whole: boolean
  /** The hub takes the access away by itself when its time is over. */
  endsAccess: boolean
  /** The allow-list did not have it when it came in: a replay looks its targets up again. */
  unmapped?: true
  /** A platform's trial of its hook: it concerns no person's access and is never carried out. */
  trial?: true
}

/** ISO time at which access is over that was asked for at `from`; null: it has no end. */
export function endOf({ accessLengthSeconds }: Pick<AccessRequest, 'accessLengthSeconds'>, from: Date): string | null {
  return accessLengthSeconds === null ? null : new Date(from.getTime() + accessLengthSeconds * 1000).toISOString()
}

/** One access of a person at a connector: the application's instance and the permission. */
export function accessOf(application: AccessRequest['application'], permission: { value: string }): string {
  return JSON.stringify([instanceOf(application), permission.value])
}

/** What tells one tenant of an application from another on record. */
export function instanceOf({ instanceId, id }: AccessRequest['application']): string {
  return instanceId ?? id
}

type WithAccesses = { asked: AskedAccess; accesses: readonly string[] }

/** Whether a revoke takes something of a grant away: one that names the application alone takes whatever is of it. */
export function isTakenBy(grant: WithAccesses, revoke: WithAccesses): boolean {
  const instance = ({ asked }: WithAccesses) => instanceOf(asked.application)
  if (revoke.asked.whole && instance(revoke) === instance(grant)) return true
  return revoke.accesses.some((access) => grant.accesses.includes(access))
}

/** All accesses that are asked for: one for each permission. */
export function accessesOf({ application, permissions }: Pick<AskedAccess, 'application' | 'permissions'>): string[] {
  return permissions.map((permission) => accessOf(application, permission))
}

/** Access that the hub gave, and that stands. */
export type LiveGrant = {
  id: string
  access: string
  permission: Permission
  asked: AskedAccess
  until: string | null
  hadBefore: boolean
}

/**
 * What may be granted at a connector: the platform's application id → the target of the application itself, or its
 * permission values → targets. A target is the connector's own word for it, such as `role:rol_123`.
 */
export type Grantable = Readonly<Record<string, string | Readonly<Record<string, string>>>>

type GrantableOptions = {
  /** What a target looks like. */
  target: RegExp
  /** Says so in words, for the operator who wrote another one. */
  error: string
}

/**
 * A setting that holds an allow-list as JSON; left out, it is empty and nothing may be granted.
 * @example grantable({ target: /^role:/, error: 'is not role:<id>' }).parse('{"crm": {"billing": "role:rol_123"}}')
 */
export function grantable({ target, error }: GrantableOptions): z.ZodType<Grantable, string | undefined> {
  const targets = z.string().regex(target)
  const applications = z.record(z.string().min(1), z.union([targets, z.record(z.string().min(1), targets)]))
  return jsonSetting({
    schema: applications,
    error: ([issue]) => {
      if (!issue || issue.path.length === 0)
        return 'is not JSON such as {"<application>": {"<permission>": "<target>"}}'
      return `has a wrong target at ${issue.path.map(String).join(', ')}: it ${error}`
    },
  }).default({})
}

/** The target of one permission (empty: of the application itself), or undefined: the list does not have it. */
export function targetOf(
  list: Grantable,
  { application, value }: { application: string; value: string },
): string | undefined {
  const entry = own(list, application)
  if (typeof entry === 'string') return value === '' ? entry : undefined
  return entry === undefined || value === '' ? undefined : own(entry, value)
}

/** Everything that may be granted of one application, by the permission's value. */
export function targetsOf(list: Grantable, application: string): { value: string; target: string }[] {
  const entry = own(list, application)
  if (entry === undefined) return []
  if (typeof entry === 'string') return [{ value: '', target: entry }]
  return Object.entries(entry).map(([value, target]) => ({ value, target }))
}

/** Every target that may be granted at all, each once. */
export function listTargets(list: Grantable): string[] {
  const all = Object.values(list).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)))
  return [...new Set(all)]
}

/** A request may name `constructor` or `__proto__`: only what the list itself holds counts. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

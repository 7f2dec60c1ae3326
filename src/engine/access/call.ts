import type { AccessRequest, AskedAccess, Permission } from '../../core/access.ts'
import type { Clock } from '../../core/clock.ts'
import { parseFields, parseFieldsLoosely } from '../../core/parse-fields.ts'
import type { Person, PersonState } from '../../core/person.ts'
import type { ClaimedPerson } from '../../core/queue.ts'
import { type Installed, withClient } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'
import { personOf } from '../sync/plan-person.ts'

/** One call of a handler about a request. */
export type RequestCall = {
  installed: Installed
  authority: Installed | undefined
  clock: Clock
  journal: Pick<Journal, 'records'>
  signal: AbortSignal
  attempt: number
  /** The delivery's id. */
  idempotencyKey: string
  /** ISO time after which the sender has given up; null: nobody waits. */
  deadline: string | null
  asked: AskedAccess
  /** What it is about, when that is not all that was asked for. */
  permissions?: readonly Permission[]
  person: { person: ClaimedPerson; state: PersonState } | null
  /** Told when a call that was given up on has ended after all. */
  endedLate?(): void
}

type Member = 'provision' | 'deprovision' | 'has' | 'preapprove' | 'validate'

type Context = Record<string, unknown>

/**
 * Calls a member of the connector. `fields: 'strict'` refuses a request whose intake fields do not fit; a revoke does
 * without them, for a review asks no questions.
 * @throws whatever the handler throws; PermanentError when the fields are wrong
 */
export async function callMember(member: Member, call: RequestCall, fields: 'strict' | 'loose'): Promise<unknown> {
  const { installed, signal, endedLate } = call
  const handler = installed.connector[member] as ((context: Context) => unknown) | undefined
  if (!handler) throw new Error(`The connector ${installed.id} has no ${member}.`)
  const { subject, application, accessLengthSeconds, until, comment, taskUrl } = call.asked
  const request: AccessRequest<unknown> = {
    ...{ subject, application, accessLengthSeconds, until, comment, taskUrl },
    permissions: [...(call.permissions ?? call.asked.permissions)],
    fields: fieldsOf(call, fields),
  }
  signal.throwIfAborted()
  return withClient(
    installed,
    async (client) => {
      signal.throwIfAborted()
      return handler({ ...contextOf(call), client, request })
    },
    endedLate ? { endedLate } : {},
  )
}

function fieldsOf({ installed, asked }: RequestCall, fields: 'strict' | 'loose'): unknown {
  return (fields === 'strict' ? parseFields : parseFieldsLoosely)(installed.connector, asked.fields)
}

function contextOf(call: RequestCall): Context {
  const { installed, clock, signal, attempt, idempotencyKey, deadline } = call
  return {
    config: installed.config,
    http: installed.http({ signal, idempotencyKey }),
    signal,
    attempt,
    idempotencyKey,
    log: installed.log,
    now: clock.now,
    timeLeftSeconds: () =>
      deadline === null ? Number.POSITIVE_INFINITY : Math.max(0, (Date.parse(deadline) - clock.now().getTime()) / 1000),
    person: personFor(call),
  }
}

function personFor({ person, installed, authority, signal, clock, journal }: RequestCall): Person | null {
  if (!person) return null
  // Without its authority nobody can be asked who else has an e-mail: nobody is known to.
  const authorities = authority ? [authority] : []
  return personOf(person, { installed, authority: authority ?? installed, authorities, signal, clock, journal })
}

/** What is known of a person's state without asking: what the authority said last, or that it was never asked. */
export function stateInJournal({ authorityId, state }: ClaimedPerson, clock: Clock): PersonState {
  if (state) return state
  const unread = { status: 'unread', access: 'unchanged' as const, statusChangedAt: null, emails: [], logins: [] }
  return { authorityId, ...unread, readAt: clock.now().toISOString() }
}

/** Which of the targets the subject has now; null: the connector cannot tell. */
export async function targetsHad(call: RequestCall): Promise<string[] | null> {
  if (!call.installed.connector.has) return null
  const had = await callMember('has', call, 'loose')
  if (had === null) return null
  return Array.isArray(had) ? had.map(String) : []
}

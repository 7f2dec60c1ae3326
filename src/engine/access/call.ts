import type { Preapproval, Validation } from '../../core/access.ts'
import { HandlerFaultError } from '../../core/errors.ts'
import type { Person } from '../../core/person.ts'
import { readSights, type Seen, unsaid } from '../../core/sight.ts'
import {
  makeDeprovisionContext,
  makeGivenByContext,
  makeHasContext,
  makeProvisionContext,
  makeQuestionContext,
  type RequestCall,
} from '../../host/context.ts'
import { type Installed, withClient } from '../../host/installed.ts'

/** One call of a handler about a request for access. */
export type AccessCall = RequestCall & {
  installed: Installed
  /** Null: the authority knows nobody with this e-mail, or the call is about no person. */
  person: Person | null
  /** Called when a call that was given up on has ended after all. */
  endedLate?(): void
}

/** A question is about no person yet. */
export type QuestionCall = RequestCall & { installed: Installed }

export type QuestionKind = 'preapprove' | 'validate'

/**
 * Puts a question to the connector; `read` says whether what it said is an answer.
 * @throws what the handler and `read` throw; PermanentError when the intake fields do not fit
 */
export async function callQuestion<Answer extends Preapproval | Validation>(
  kind: QuestionKind,
  call: QuestionCall,
  read: (said: unknown) => Answer,
): Promise<Answer> {
  const handler = call.installed.connector[kind]
  if (!handler) throw noMember(call, kind)
  const make = makeQuestionContext(kind, call)
  return callInTime(call, async (client) => read(await handler(make(client))))
}

/**
 * Has the connector give all that is asked for.
 * @throws what the handler throws; PermanentError when the intake fields do not fit
 */
export async function callProvision(call: AccessCall): Promise<void> {
  const { installed, person } = call
  const { provision } = installed.connector
  if (!provision) throw noMember(call, 'provision')
  if (!person) throw new Error('A grant is given to a person: its lane has none.')
  const make = makeProvisionContext({ ...call, person })
  await callInTime(call, async (client) => provision(make(client)))
}

/**
 * Has the connector take all of it away.
 * @throws what the handler throws
 */
export async function callDeprovision(call: AccessCall): Promise<void> {
  const { deprovision } = call.installed.connector
  if (!deprovision) throw noMember(call, 'deprovision')
  const make = makeDeprovisionContext(call)
  await callInTime(call, async (client) => deprovision(make(client)))
}

/**
 * Reads what the subject has of the targets now; null: the connector cannot tell.
 * @throws what the handler throws; Error when it answered something else than it should
 */
export async function readTargets(call: AccessCall): Promise<Seen | null> {
  const { has } = call.installed.connector
  if (!has) return null
  const make = makeHasContext(call)
  const asked = (call.permissions ?? call.asked.permissions).map(({ target }) => target)
  const seen = await callInTime(call, async (client) => readSights(await has(make(client)), asked))
  if (
    seen &&
    asked.length > 0 &&
    seen.unknown.every(({ why }) => why === unsaid) &&
    seen.unknown.length === asked.length
  ) {
    call.installed.noteFault(new HandlerFaultError('The connector answered "has" with no sight of what was asked for.'))
  }
  return seen
}

type GivenByQuestion = Omit<Parameters<typeof makeGivenByContext>[0], keyof RequestCall>

/**
 * Asks who gave access; null: the connector or its vendor does not say.
 * @throws what the handler throws
 */
export async function callGivenBy(call: AccessCall, question: GivenByQuestion): Promise<string | null> {
  const { givenBy } = call.installed.connector
  if (!givenBy) return null
  return callInTime(call, async (client) => givenBy(makeGivenByContext({ ...call, ...question }, client)))
}

type LimitedCall = Pick<AccessCall, 'installed' | 'signal' | 'endedLate'>

function callInTime<T>(call: LimitedCall, work: (client: unknown) => Promise<T>): Promise<T> {
  const { installed, signal, endedLate } = call
  signal.throwIfAborted()
  return withClient(
    installed,
    async (client) => {
      signal.throwIfAborted()
      return work(client)
    },
    endedLate ? { endedLate } : {},
  )
}

function noMember({ installed }: LimitedCall, member: string): Error {
  return new Error(`The connector ${installed.id} has no ${member}.`)
}

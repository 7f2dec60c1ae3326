import { MissingRightError, PermanentError, type Person } from '../../../src/index.ts'
import type { OktaConnection } from '../org/connection.ts'
import { type OktaFailure, toError } from '../org/errors.ts'

/** Whose access it is. */
export type Grantee = { client: OktaConnection; signal: AbortSignal; userId: string }

/** What can be done with one kind of target, by its id at Okta. */
export type Access = {
  /**
   * What it is called.
   * @throws PermanentError when nobody must get it through the hub, whoever asks
   */
  check(id: string, context: Omit<Grantee, 'userId'>): Promise<string>
  /** Does nothing for somebody who has it. */
  give(id: string, grantee: Grantee): Promise<void>
  /** Does nothing for somebody who has not got it, and for one who is gone. */
  take(id: string, grantee: Grantee): Promise<void>
}

/**
 * The Okta user whose access it is. One id in two orgs is two people, so a person of another authority is refused:
 * for a grant that is the end, and a removal stays in sight until an operator has looked where the access really is.
 */
export function granteeOf(context: { client: OktaConnection; signal: AbortSignal; person: Person }): Grantee {
  const { client, signal, person } = context
  if (person.source === client.id) return { client, signal, userId: person.authorityId }
  const why = `The person is one of ${person.source}, and ${client.id} changes access of people of its own org only.`
  throw new PermanentError(`${why} Point the hook at the connector of the org that the person belongs to.`)
}

/** Okta's own word for "there is none"; any other 404 may come from a proxy or a wrong address, and is weather. */
export function isAbsent({ status, code }: OktaFailure): boolean {
  return status === 404 && code === 'E0000007'
}

/** A failure of the granting credential in the hub's terms. `absent`: what it means when Okta has no such thing. */
export function toGrantError(failure: OktaFailure, { what, absent }: { what: string; absent: string }): Error {
  if (isAbsent(failure)) return new PermanentError(absent)
  if (failure.status !== 403) return toError(failure, what)
  const words = [403, failure.code, failure.summary].filter(Boolean).join(' ')
  const fix =
    'Put it into the resource set of the role that the granting credential has: see connectors/okta/README.md.'
  return new MissingRightError(`Okta answered ${words} to ${what}. ${fix}`)
}

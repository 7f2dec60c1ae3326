import { MissingRightError, PermanentError, type Person } from '../../../src/index.ts'
import type { OktaConnection } from '../org/connection.ts'
import { isAbsent, type OktaFailure, toHubError } from '../org/errors.ts'

/** The Okta user whose access is given, taken or looked at. */
export type Grantee = { client: OktaConnection; signal: AbortSignal; userId: string }

/** What can be done with one kind of target. `id`: its id at Okta. */
export type TargetAccess = {
  /**
   * Returns the target's name.
   * @throws PermanentError when the hub grants this target to no person
   */
  check(id: string, context: Omit<Grantee, 'userId'>): Promise<string>
  /** Does nothing if the person has it. */
  give(id: string, grantee: Grantee): Promise<void>
  /** Does nothing if the person does not have it, or is gone. */
  take(id: string, grantee: Grantee): Promise<void>
}

/**
 * Names the Okta user whose access it is.
 * @throws PermanentError when the person belongs to another org, where the same id would be another person. A grant is
 * then refused; a removal stays listed until an operator has looked where the access is.
 */
export function identifyGrantee(context: { client: OktaConnection; signal: AbortSignal; person: Person }): Grantee {
  const { client, signal, person } = context
  if (person.source === client.id) return { client, signal, userId: person.authorityId }
  const why = `The person is one of ${person.source}, and ${client.id} changes access of people of its own org only.`
  throw new PermanentError(`${why} Point the hook at the connector of the org that the person belongs to.`)
}

/**
 * Translates a failure of the granting credential. A 403 becomes a `MissingRightError`, because a `CredentialError` would
 * pause the connector. `absent`: the message when Okta has no such object.
 */
export function toGrantError(failure: OktaFailure, { what, absent }: { what: string; absent: string }): Error {
  if (isAbsent(failure)) return new PermanentError(absent)
  if (failure.status !== 403) return toHubError(failure, what)
  const words = [403, failure.code, failure.summary].filter(Boolean).join(' ')
  const fix =
    'Put it into the resource set of the role that the granting credential has: see connectors/okta/README.md.'
  return new MissingRightError(`Okta answered ${words} to ${what}. ${fix}`)
}

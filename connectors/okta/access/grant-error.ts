import { MissingRightError, PermanentError } from '../../../src/index.ts'
import { type OktaFailure, toError } from '../org/errors.ts'

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

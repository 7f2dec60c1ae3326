import { saysOf, UsageError } from '../../core/errors.ts'

/** Nothing of the error is repeated: the log has it. */
export function refuseIssuer(thrown: unknown): never {
  throw new IssuerError(
    {
      what: 'The sign-in service cannot be asked.',
      why: 'It did not answer, or its answer was not what OpenID Connect asks for.',
      fix: 'Try again in a minute. Who runs this hub can see why with "npm run hub -- doctor", and in its log.',
      code: 'issuer_unavailable',
    },
    thrown,
  )
}

/** The issuer, or the browser on its behalf, brought something that does not prove who somebody is. */
export function refuseProof(thrown: unknown): never {
  if (isUnanswered(thrown)) refuseIssuer(thrown)
  throw new IssuerError(
    {
      what: 'This sign-in is not valid.',
      why: 'What came back from the sign-in service does not prove who you are, or it was used before.',
      fix: 'Sign in anew. If it happens again, who runs this hub finds the reason in its log.',
      code: 'signin_invalid',
    },
    thrown,
  )
}

/** A sign-in that this browser did not begin, or that is over. */
export function makeUnknownSignIn(): UsageError {
  return new UsageError({
    what: 'This sign-in is not known here.',
    why: 'It began in another browser, took longer than ten minutes, or came to its end before.',
    fix: 'Sign in anew.',
    code: 'signin_unknown',
  })
}

export function makeNoRole(): UsageError {
  return new UsageError({
    what: 'You have no role here.',
    why: 'The sign-in service says who you are, but no rule of this hub gives you a role.',
    fix: 'Ask who runs this hub for one: it has a list of rules, HUB_CONSOLE_ROLES.',
    code: 'no_role',
  })
}

/** A refusal with the error behind it, for the log alone. */
export class IssuerError extends UsageError {
  constructor(words: ConstructorParameters<typeof UsageError>[0], cause: unknown) {
    super(words)
    this.cause = cause
  }
}

function isUnanswered(thrown: unknown): boolean {
  return saysOf(thrown, /fetch failed|No answer within|ECONN|ENOTFOUND|OAUTH_TIMEOUT|OAUTH_RESPONSE_IS_NOT_CONFORM/)
}

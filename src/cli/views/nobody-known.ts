import { UsageError } from '../../core/errors.ts'

/** Nobody in the journal goes by that name. */
export function nobodyKnown(who: string): UsageError {
  return new UsageError({
    what: `Nobody is known as "${who}".`,
    why: 'The hub knows a person from the first event about them; e-mails it has read at the authority since.',
    fix: "Try another e-mail, the login, or Okta's user id (00u…).",
  })
}

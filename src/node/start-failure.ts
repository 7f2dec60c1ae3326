import { errorMessage, UsageError } from '../core/errors.ts'

/** Why the hub did not start, in three lines: what happened, why, what to do. No address with a password in it. */
export function startFailure(thrown: unknown): string {
  if (thrown instanceof UsageError) return `${thrown.message}\n  Why: ${thrown.why}\n  What to do: ${thrown.fix}\n`
  const unusable = unusableDatabase(thrown)
  if (unusable) return startFailure(unusable)
  return `Bellhop could not start.\n  Why: ${errorMessage(thrown)}\n  What to do: look up the message in docs/operations.md, or report it.\n`
}

/** The error in an operator's words when it says that the database cannot be reached or entered; otherwise null. */
export function unusableDatabase(thrown: unknown): UsageError | null {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (!/^(ECONNREFUSED|ENOTFOUND|ETIMEDOUT|CONNECT_TIMEOUT|EAI_AGAIN|28P01|28000|3D000)$/.test(code)) return null
  return new UsageError({
    what: 'The database of DATABASE_URL cannot be used.',
    why: `${errorMessage(thrown)} (${code})`,
    fix: 'See that it runs, that the address, user and password are right, and that the database exists.',
  })
}

import { errorMessage, UsageError } from '../core/errors.ts'

/** Why the hub did not start, in three lines: what happened, why, what to do. No address with a password in it. */
export function startFailure(thrown: unknown): string {
  if (thrown instanceof UsageError) return `${thrown.message}\n  Why: ${thrown.why}\n  What to do: ${thrown.fix}\n`
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (/^(ECONNREFUSED|ENOTFOUND|ETIMEDOUT|CONNECT_TIMEOUT|EAI_AGAIN|28P01|28000|3D000)$/.test(code)) {
    return `The database of DATABASE_URL cannot be used.\n  Why: ${errorMessage(thrown)} (${code})\n  What to do: see that it runs, that the address, user and password are right, and that the database exists.\n`
  }
  return `Bellhop could not start.\n  Why: ${errorMessage(thrown)}\n  What to do: look up the message in docs/operations.md, or report it.\n`
}

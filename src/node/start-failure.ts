import { errorMessage, ownWords, UsageError } from '../core/errors.ts'
import type { Problem } from '../core/settings.ts'
import { explainUnnamedPooler } from './postgres/unnamed-pooler.ts'

/** Why the hub did not start, in three lines: what happened, why, what to do. No address with a password in it. */
export function formatStartFailure(thrown: unknown): string {
  if (thrown instanceof UsageError) return `${ownWords(thrown)}\n  Why: ${thrown.why}\n  What to do: ${thrown.fix}\n`
  const unusable = explainUnusableDatabase(thrown)
  if (unusable) return formatStartFailure(unusable)
  return `Bellhop could not start.\n  Why: ${errorMessage(thrown)}\n  What to do: look up the message in docs/operations.md, or report it.\n`
}

/** Why the hub cannot listen where it was told to, in an operator's words. */
export function explainUnusableAddress(
  thrown: Error,
  { host, port, setting = 'PORT' }: { host: string; port: number; setting?: string },
): UsageError {
  const code = 'code' in thrown ? thrown.code : undefined
  const fixes: Record<string, string> = {
    EADDRINUSE: `End what listens there, which may be another Bellhop, or set ${setting} to a free one.`,
    EACCES: `Set ${setting} to one above 1023, and put a proxy before it.`,
    EADDRNOTAVAIL: 'Set HOST to an address of this machine, or to 0.0.0.0 for all of them.',
  }
  const fix = fixes[String(code)] ?? `Set HOST and ${setting} to an address of this machine and a free port.`
  return new UsageError({ what: `The hub cannot listen on ${host}, port ${port}.`, why: errorMessage(thrown), fix })
}

/** The error in an operator's words when it says that the database cannot be reached or entered; otherwise null. */
export function explainUnusableDatabase(thrown: unknown): UsageError | null {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const pooler = explainUnnamedPooler(thrown)
  if (pooler) return pooler
  const fix = fixesOfDatabase[code]
  if (fix === undefined) return null
  return new UsageError({
    what: 'The database of DATABASE_URL cannot be used.',
    why: `${errorMessage(thrown)} (${code})`,
    fix,
  })
}

const unreachable =
  'See that PostgreSQL runs, that host and port in DATABASE_URL are right, and that a firewall lets the hub through.'
const unresolved =
  'See that the host name in DATABASE_URL is right. A password with "@", "/" or "#" in it must be percent-encoded.'
const refusedLogin =
  'Correct user and password in DATABASE_URL; what is no letter or digit in them must be percent-encoded.'

/** What to do by Node's, the driver's or PostgreSQL's code (PostgreSQL docs: Appendix A). */
const fixesOfDatabase: Readonly<Record<string, string>> = {
  ECONNREFUSED: unreachable,
  ETIMEDOUT: unreachable,
  CONNECT_TIMEOUT: unreachable,
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  '28P01': refusedLogin,
  '28000': refusedLogin,
  '3D000':
    'Create the database, for example with "createdb", or correct the name behind the last slash of DATABASE_URL.',
}

/** All that is wrong with the configuration, each with its fix, for a person at a terminal. */
export function formatProblems(problems: readonly Problem[], warnings: readonly Problem[] = []): string {
  const width = Math.max(...[...problems, ...warnings].map(({ setting }) => setting.length))
  const lines = (list: readonly Problem[]) =>
    list
      .map(({ setting, what, fix }) => `  ${setting.padEnd(width)}  ${what}\n  ${' '.repeat(width)}  → ${fix}\n`)
      .join('')
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
  const doubtful =
    warnings.length === 0 ? '' : `It would start with these, but look at them too:\n\n${lines(warnings)}\n`
  return `Bellhop cannot start. ${count}:\n\n${lines(problems)}\n${doubtful}`
}

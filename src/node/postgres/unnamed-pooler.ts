import { errorMessage, UsageError } from '../../core/errors.ts'
import type { Sql } from '../../journal/index.ts'

/** What the hub asks PostgreSQL for at the start of a connection, unless HUB_DATABASE_POOLER is set. */
const asked = /^(idle_in_transaction_session_timeout|tcp_keepalives_\w+|plan_cache_mode)$/

/** PgBouncer and what is made of it. Newer ones tell apart what came in `options`. */
const refusedParameter = /unsupported startup parameter(?: in options)?:? "?(\w+)/i

/**
 * PostgreSQL's own words (26000, 42P05, 08P01), when a pooler gives a statement to a connection on which it was not
 * prepared, or was prepared by another client. Supavisor, pgcat and PgBouncer pass them on.
 */
const lostStatement = /prepared statement .*(?:does not exist|already exists|requires \d+)/i

/** The error in an operator's words when a pooler stands before the database and no setting says so; otherwise null. */
export function explainUnnamedPooler(thrown: unknown): UsageError | null {
  const text = errorMessage(thrown)
  const parameter = refusedParameter.exec(text)?.[1]
  if (parameter !== undefined) return asked.test(parameter) ? makeRefused(parameter) : makeForeign(parameter)
  return lostStatement.test(text) ? makeUnnamed(`It knows no prepared statements (${text}).`) : null
}

/**
 * Looks whether the connection has what was asked for at its start. A pooler that drops that without a word lets the hub
 * in, and then gives its prepared statements to connections that do not know them.
 * @throws UsageError when it has not: what such a pooler reports as committed may have been rolled back
 */
export async function refuseUnnamedPooler(sql: Sql, { idleMs }: { idleMs: number }): Promise<void> {
  const [row] = await sql<{ idleMs: number }[]>`
    select setting::integer as "idleMs" from pg_settings where name = 'idle_in_transaction_session_timeout'`
  if (row?.idleMs !== idleMs) throw makeUnnamed('It drops the startup parameter idle_in_transaction_session_timeout.')
}

function makeRefused(parameter: string): UsageError {
  return makeUnnamed(`It refuses the startup parameter ${parameter}.`)
}

function makeUnnamed(why: string): UsageError {
  return new UsageError({
    what: 'DATABASE_URL leads to a pooler such as PgBouncer, and no setting says so.',
    why,
    fix:
      'Set HUB_DATABASE_POOLER=transaction, or let DATABASE_URL lead to PostgreSQL itself: ' +
      'see "Behind a pooler" in docs/operations.md.',
  })
}

function makeForeign(parameter: string): UsageError {
  return new UsageError({
    what: 'The pooler that DATABASE_URL leads to refuses how the hub connects.',
    why: `It refuses the startup parameter ${parameter}, which is in DATABASE_URL.`,
    fix: `Take ${parameter} out of DATABASE_URL.`,
  })
}

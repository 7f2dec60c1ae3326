import { UsageError } from '../../core/errors.ts'
import { begin, type Sql } from './sql.ts'

/**
 * Gives a role what a hub needs that runs as it, and no more: it owns nothing, so that it can neither change the schema
 * nor drop the triggers that keep what is on record. Of `hub.audit` it reads and adds rows, and numbers them; of the
 * words beside them it also deletes, which is how words are erased. Tables that come later are covered by a second call.
 * @throws UsageError when there is no such role
 */
export async function grantRunTime(sql: Sql, role: string): Promise<void> {
  const [known] = await sql`select 1 from pg_roles where rolname = ${role}`
  if (!known) throw refuseUnknownRole(role)
  await begin(sql, async (tx) => {
    const to = tx(role)
    await tx`grant usage on schema hub to ${to}`
    await tx`grant select, insert, update, delete on all tables in schema hub to ${to}`
    await tx`grant usage on all sequences in schema hub to ${to}`
    await tx`grant execute on all functions in schema hub to ${to}`
    await tx`revoke insert, update, delete on hub.migration from ${to}`
    await tx`revoke update, delete on hub.audit from ${to}`
    await tx`grant update (number) on hub.audit to ${to}`
    await tx`revoke update on hub.audit_note from ${to}`
  })
}

/** Whether the role of this connection could drop what keeps the rows of `hub.audit`; null: there is no such table. */
export async function ownsAudit(sql: Sql): Promise<boolean | null> {
  const [row] = await sql<{ owns: boolean }[]>`
    select pg_has_role(current_user, c.relowner, 'usage') as owns from pg_class c where c.oid = to_regclass('hub.audit')`
  return row?.owns ?? null
}

function refuseUnknownRole(role: string): UsageError {
  return new UsageError({
    what: `The database server has no role ${role}.`,
    why: 'Its rights are given to a role that is there: the hub makes none.',
    fix: `Make it first: create role ${role} login.`,
  })
}

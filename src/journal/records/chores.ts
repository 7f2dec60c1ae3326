import type { Sql } from '../sql/sql.ts'

/** A chore that this process has: no other begins it before its end, or before its lease is over. */
export type HeldChore = { name: string; epoch: number; state: string | null }

/** Takes a chore if it is due and no other process has it; null: it is not, or another has. */
export async function beginChore(
  sql: Sql,
  { name, leaseSeconds }: { name: string; leaseSeconds: number },
): Promise<HeldChore | null> {
  const [row] = await sql<{ name: string; epoch: string; state: string | null }[]>`
    insert into hub.chore as c (name, lease_until) values (${name}, now() + make_interval(secs => ${leaseSeconds}))
    on conflict (name) do update set lease_until = excluded.lease_until, epoch = c.epoch + 1
    where c.due_at <= now() and (c.lease_until is null or c.lease_until <= now())
    returning name, epoch, state`
  return row ? { ...row, epoch: Number(row.epoch) } : null
}

/** Ends it: it is due again then. Who was taken for dead ends nothing. */
export async function endChore(
  sql: Sql,
  { name, epoch, state }: HeldChore,
  { dueInSeconds }: { dueInSeconds: number },
): Promise<void> {
  await sql`
    update hub.chore set due_at = now() + make_interval(secs => ${dueInSeconds}), lease_until = null, state = ${state}
    where name = ${name} and epoch = ${epoch}`
}

/** Makes chores due that are not yet. One that a process has is due again when that one has ended it. */
export async function makeChoresDue(sql: Sql, names: readonly string[]): Promise<void> {
  await sql`update hub.chore set due_at = now() where name = any(${[...names]}::text[]) and due_at > now()`
}

/**
 * Notes that upkeep is done at this moment, and returns for how many seconds that has been so without a gap of the given
 * length: what fell due in a gap needs a while.
 */
export async function noteUpkeep(sql: Sql, { gapSeconds }: { gapSeconds: number }): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    insert into hub.chore as c (name, due_at, state) values ('upkeep', now(), now()::text)
    on conflict (name) do update set due_at = now(),
      state = case when c.due_at < now() - make_interval(secs => ${gapSeconds}) then now()::text else c.state end
    returning extract(epoch from now() - state::timestamptz)::float8 as seconds`
  return row?.seconds ?? 0
}

import type { AnySql, Sql } from '../sql/sql.ts'

export type ConnectorState = {
  id: string
  pausedSince: string | null
  pausedUntil: string | null
  reason: string | null
}

/**
 * Stops the lanes of a connector in every process; one delivery probes when the time has come. Returns since when it is
 * paused.
 */
export async function pause(
  sql: Sql,
  { id, reason, probeSeconds }: { id: string; reason: string; probeSeconds: number },
): Promise<string> {
  const [row] = await sql<{ since: string }[]>`
    insert into hub.connector (id, paused_until, paused_since, reason)
    values (${id}, now() + make_interval(secs => ${probeSeconds}), now(), ${reason})
    on conflict (id) do update set paused_until = excluded.paused_until, reason = excluded.reason,
      paused_since = coalesce(connector.paused_since, excluded.paused_since)
    returning paused_since::text as since`
  return row?.since ?? ''
}

/** Returns those that were paused until now. */
export async function resume(sql: AnySql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    update hub.connector set paused_until = null, paused_since = null, reason = null
    where id = any(${[...ids]}) and paused_until is not null
    returning id`
  return rows.map((row) => row.id)
}

export async function listConnectorStates(sql: Sql): Promise<ConnectorState[]> {
  return sql<ConnectorState[]>`
    select id, paused_since as "pausedSince", paused_until as "pausedUntil", reason
    from hub.connector order by id`
}

/** At a start: every paused connector is probed at once, because somebody may have mended it while no hub ran. */
export async function makeProbesDue(sql: Sql): Promise<void> {
  await sql`update hub.connector set paused_until = now() where paused_until > now()`
}

/** Takes those of these paused connectors whose time to probe has come; no other process probes them before the next minute. */
export async function takeProbes(
  sql: Sql,
  { ids, probeSeconds }: { ids: readonly string[]; probeSeconds: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    update hub.connector set paused_until = now() + make_interval(secs => ${probeSeconds})
    where id = any(${[...ids]}) and paused_until <= now()
    returning id`
  return rows.map(({ id }) => id)
}

import { hubItself } from '../../core/operator.ts'
import { toAuditJson } from '../audit/write-audit.ts'
import type { AnySql, Sql } from '../sql/sql.ts'

export type ConnectorState = {
  id: string
  pausedSince: string | null
  pausedUntil: string | null
  reason: string | null
}

/**
 * Stops the lanes of a connector in every process; one delivery probes when the time has come. Returns since when it is
 * paused. Only the beginning of a pause goes on record: what renews it decides nothing.
 */
export async function pause(
  sql: Sql,
  { id, reason, probeSeconds }: { id: string; reason: string; probeSeconds: number },
): Promise<string> {
  const entry = toAuditJson(hubItself, { act: 'paused', targets: [id], words: { reason } })
  const [row] = await sql<{ since: string }[]>`
    with paused as (
      insert into hub.connector (id, paused_until, paused_since, reason)
      values (${id}, now() + make_interval(secs => ${probeSeconds}), now(), ${reason})
      on conflict (id) do update set paused_until = excluded.paused_until, reason = excluded.reason, was_paused = true,
        paused_since = coalesce(connector.paused_since, excluded.paused_since)
      returning paused_since
    )
    select paused_since::text as since,
      case when paused_since = now() then hub.write_audit(${entry}::text::jsonb) end as entry
    from paused`
  return row?.since ?? ''
}

/** Ends the pause of connectors that a probe has shown to work again. Returns those that were paused until now. */
export async function resume(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    with was as (
      select id, paused_since, reason from hub.connector
      where id = any(${[...ids]}) and paused_until is not null order by id for update
    ), resumed as (
      update hub.connector c set paused_until = null, paused_since = null, reason = null from was where c.id = was.id
    )
    select id, hub.write_decision('resumed', array[id], jsonb_build_object('pausedSince', hub.iso_time(paused_since)),
      jsonb_build_object('pausedReason', reason)) as entry
    from was`
  return rows.map((row) => row.id)
}

/** Ends the pause of a connector by an operator's word. */
export async function endPause(tx: AnySql, connector: string): Promise<void> {
  await tx`update hub.connector set paused_until = null, paused_since = null, reason = null where id = ${connector}`
}

/** Lists the connectors that are paused, or once were. */
export async function listConnectorStates(sql: Sql): Promise<ConnectorState[]> {
  return sql<ConnectorState[]>`
    select id, paused_since as "pausedSince", paused_until as "pausedUntil", reason
    from hub.connector where was_paused or paused_since is not null order by id`
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

import type { PendingQuery, Row } from 'postgres'
import type { AnySql } from '../sql/sql.ts'

/** Finds events by the id that their sender gave them, by the key of deduplication: `event` has no index of it. */
export async function findEventsByKey(sql: AnySql, externalId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    with recursive known as (
      (select source from hub.event_key order by source limit 1)
      union all
      select (select k.source from hub.event_key k where k.source > known.source order by k.source limit 1)
      from known where known.source is not null
    )
    select k.event_id as id from known join hub.event_key k on k.source = known.source
    where k.external_id = ${externalId}`
  return rows.map(({ id }) => id)
}

/**
 * Finds the first hundred events of a request, by the id that its sender gave it or by its trace id. The indexes begin
 * with the time in an event's id, to 12 days: we go from each of these spans to the next, and look in it.
 */
export async function findEventsByRequest(sql: AnySql, text: string): Promise<string[]> {
  const isTraceId = /^[0-9a-f]{32}$/.test(text)
  const within = (condition: PendingQuery<Row[]>) => sql`(
      select id from hub.event where left(id, 8) = span.begin and ${condition} offset 0)`
  const rows = await sql<{ id: string }[]>`
    with recursive span as (
      (select left(id, 8) as begin from hub.event order by id limit 1)
      union all
      select (select left(e.id, 8) from hub.event e where e.id > span.begin || '~' order by e.id limit 1)
      from span where span.begin is not null
    )
    select found.id from span cross join lateral (
      ${within(sql`request_id = ${text}`)} ${isTraceId ? sql`union ${within(sql`trace_id = ${text}::uuid`)}` : sql``}
    ) found order by found.id limit 100`
  return rows.map(({ id }) => id)
}

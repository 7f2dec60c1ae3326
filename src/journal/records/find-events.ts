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

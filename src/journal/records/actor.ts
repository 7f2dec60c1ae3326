import type { AnySql } from '../sql/sql.ts'

/** Selects who acted, in the sender's own words, of the event `e`; null: it does not say. `readActor` reads them. */
export function selectActor(sql: AnySql) {
  return sql`(hub.body_of(e.data, e.part_of) -> 'actor')`
}

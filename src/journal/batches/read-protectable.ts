import type { AnySql } from '../sql/sql.ts'

/** `until`: when a protection of the person that is not over ends; null: there is none. */
export type Protectable = { id: string; until: string | null }

/** Reads people as an order that protects them would find them. */
export async function readProtectable(sql: AnySql, ids: readonly string[]): Promise<Protectable[]> {
  return sql<Protectable[]>`
    select p.id, (select x.until from hub.protected x
      where x.source = p.source and x.authority_id = p.authority_id and x.until > now()) as until
    from hub.person p where p.id = any(${[...ids]})`
}

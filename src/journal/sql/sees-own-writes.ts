import type { Sql } from './sql.ts'

/**
 * Whether a select shows what the statement before it wrote: reads a row, writes it, and reads it by the very same plain
 * select. A pooler that answers selects from a cache, as Hyperdrive does by default for 60 s, shows the old row. The id
 * is fresh, so that tests that run at the same time have a row each.
 */
export async function seesOwnWrites(sql: Sql, id: string): Promise<boolean> {
  const read = async () => {
    const [row] = await sql<{ step: number }[]>`select step from hub.cache_probe where id = ${id}`
    return row?.step
  }
  // What a test that was cut off left behind goes with the next one.
  await sql`delete from hub.cache_probe where made_at < now() - interval '1 hour'`
  await sql`insert into hub.cache_probe (id, step) values (${id}, 1)`
  try {
    const first = await read()
    await sql`update hub.cache_probe set step = 2 where id = ${id}`
    return first === 1 && (await read()) === 2
  } finally {
    await sql`delete from hub.cache_probe where id = ${id}`
  }
}

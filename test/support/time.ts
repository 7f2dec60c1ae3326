import type { Sql } from '../../src/journal/sql/sql.ts'

/** Moves every time in the journal back, as if so many seconds had passed while no hub ran. What is on record stays. */
export async function passTime(sql: Sql, seconds: number): Promise<void> {
  const columns = await sql<{ table: string; columns: string[] }[]>`
    select table_name as table, array_agg(column_name::text) as columns from information_schema.columns
    where table_schema = 'hub' and data_type = 'timestamp with time zone' and is_generated = 'NEVER'
      and table_name <> 'audit'
      and table_name in (select table_name from information_schema.tables where table_schema = 'hub' and table_type = 'BASE TABLE')
    group by table_name`
  for (const { table, columns: names } of columns) {
    const sets = names.map((name, i) => {
      const moved = sql`${sql(name)} = case when ${sql(name)} > '-infinity' and ${sql(name)} < 'infinity'
        then ${sql(name)} - make_interval(secs => ${seconds}) else ${sql(name)} end`
      return i === 0 ? moved : sql`, ${moved}`
    })
    await sql`update ${sql('hub')}.${sql(table)} set ${sets}`
  }
  await sql`
    update hub.person set state = jsonb_set(state, '{statusChangedAt}',
      to_jsonb(hub.iso_time((state ->> 'statusChangedAt')::timestamptz - make_interval(secs => ${seconds}))))
    where state ->> 'statusChangedAt' is not null`
}

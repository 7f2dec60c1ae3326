import { type AnySql, type Sql, transaction } from './sql.ts'

/**
 * Binds a verb that reads few rows of large tables to a database, such that PostgreSQL goes by the indexes whatever it
 * takes the sizes of the tables to be: just after a restore it knows none, and a plan that reads a table whole is the
 * cheapest to it. The settings hold for this transaction alone, so that they pass a transaction pooler.
 */
export function bindByKey(sql: Sql) {
  return <A extends unknown[], R>(verb: (sql: AnySql, ...rest: A) => Promise<R>): ((...rest: A) => Promise<R>) =>
    (...rest) =>
      transaction(sql, async (tx) => {
        // Not waited for: it goes out with the first statement.
        const set = tx`
          select set_config(name, setting, true) from (values ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'),
            ('enable_mergejoin', 'off'), ('max_parallel_workers_per_gather', '0'), ('jit', 'off')) as s (name, setting)`
        const [, read] = await Promise.all([set, verb(tx, ...rest)])
        return read
      })
}

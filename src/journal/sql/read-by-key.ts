import { type AnySql, type Sql, transaction } from './sql.ts'

/**
 * Binds a verb that reads few rows of large tables to a database, such that PostgreSQL goes by the indexes whatever it
 * takes the sizes of the tables to be: just after a restore it knows none, and a plan that reads a table whole is the
 * cheapest to it. A bitmap is made of all that fits before a limit is looked at, and has no order. The settings hold for this transaction alone, so that they pass a transaction pooler.
 */
export function bindByKey(sql: Sql) {
  return <A extends unknown[], R>(verb: (sql: AnySql, ...rest: A) => Promise<R>): ((...rest: A) => Promise<R>) =>
    (...rest) =>
      transaction(sql, async (tx) => {
        const set = goByKey(tx)
        const [, read] = await Promise.all([set, verb(tx, ...rest)])
        return read
      })
}

/** Has PostgreSQL go by the indexes for the rest of this transaction. It is sent now, before what is sent next. */
export function goByKey(tx: AnySql) {
  // Without `execute` the driver would send it when somebody waits for it, and the first statement before it.
  return tx`
    select set_config(name, setting, true) from (values ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'),
      ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('max_parallel_workers_per_gather', '0'),
      ('jit', 'off')) as s (name, setting)`.execute()
}

/**
 * What postgres.js is given where a pooler stands before PostgreSQL and gives each transaction another connection
 * (PgBouncer's `pool_mode = transaction`, Supavisor, pgcat, Hyperdrive): spread it last into `postgres(url, { … })`.
 *
 * Nothing is prepared: behind such a pooler a prepared `commit` may meet a connection that does not know it, and the
 * driver then reports a transaction as committed that was rolled back (porsager/postgres#1212). The startup packet has no
 * parameter but `application_name`, because PgBouncer refuses the others.
 */
export const transactionPooler = {
  prepare: false,
  fetch_types: false,
  connection: { application_name: 'bellhop' },
} as const

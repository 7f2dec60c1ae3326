import { UsageError } from '../core/errors.ts'
import { type Sql, seesOwnWrites } from '../journal/index.ts'

/** @throws UsageError where Hyperdrive answers selects from its cache */
export type CheckCache = (sql: Sql) => Promise<void>

/**
 * Makes the test of Hyperdrive's query cache, which costs five statements: once it was found off, it is not tested again
 * in this isolate. The hub reads what it has just written: a lane, a lease, what is owed. An old row would mislead it.
 */
export function makeCheckCache(): CheckCache {
  let isOff = false
  return async (sql) => {
    isOff ||= await seesOwnWrites(sql, crypto.randomUUID())
    if (isOff) return
    throw new UsageError({
      what: 'The database is read through a cache.',
      why: 'A select that followed a write showed what was there before the write: Hyperdrive caches queries by default.',
      fix: 'Run `npx wrangler hyperdrive update <id> --caching-disabled`, with the id of wrangler.toml.',
    })
  }
}

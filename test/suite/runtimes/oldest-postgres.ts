import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env.BELLHOP_TEST_POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin'

/** The programs of the oldest PostgreSQL that the hub works with. */
export const oldestPostgres = { initdb: join(folder, 'initdb'), pg_ctl: join(folder, 'pg_ctl') }

/** Why nothing runs on it here; null: it is there. */
export const lacksOldestPostgres = Object.values(oldestPostgres).every((path) => existsSync(path))
  ? null
  : `no PostgreSQL 15 is in ${folder} (Debian: apt-get install postgresql-15)`

import { join } from 'node:path'
import type { PostgresBinaries } from '../../src/node/postgres/binaries.ts'

/** The suite runs on another PostgreSQL when BELLHOP_TEST_POSTGRES_BIN names the folder of its programs. */
export function testBinaries(): { binaries?: PostgresBinaries } {
  const folder = process.env.BELLHOP_TEST_POSTGRES_BIN
  return folder ? { binaries: { initdb: join(folder, 'initdb'), pg_ctl: join(folder, 'pg_ctl') } } : {}
}

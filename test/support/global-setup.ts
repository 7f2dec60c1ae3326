import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { fillCompileCache } from '../../lab/compile-cache.ts'
import { makeGuardedFolder, readChosenBinaries } from '../../lab/guarded-folder.ts'
import { UsageError } from '../../src/core/errors.ts'
import { migrate } from '../../src/journal/sql/migrate.ts'
import { readMigrations } from '../../src/node/postgres/database.ts'
import { startEmbeddedPostgres } from '../../src/node/postgres/embedded.ts'
import type { EmbeddedConnection } from '../../src/node/postgres/session.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: EmbeddedConnection
    /** A folder that is removed after the run, with every server below it. */
    temporaryFolder: string
  }
}

/** The migrated database that every test file gets a copy of. */
const templateName = 'bellhop_template'

/** One server for the whole run, in a temporary folder, gone afterwards however the run ends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeGuardedFolder('bellhop test ')
  // A test run needs no power cut survived; commits stay synchronous in every other respect.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '100' }
  const server = await startEmbeddedPostgres({
    folder: join(folder.path, '.bellhop'),
    settings,
    ...readChosenBinaries(),
  }).catch(explain)
  await Promise.all([makeTemplate(server.connection), fillCompileCache(join(folder.path, 'compiled'))])
  project.provide('postgres', server.connection)
  project.provide('temporaryFolder', folder.path)
  return async () => {
    await server.stop()
    await folder.remove()
  }
}

async function makeTemplate(connection: EmbeddedConnection): Promise<void> {
  const admin = postgres({ ...connection, database: 'postgres', max: 1, onnotice: () => {} })
  await admin`create database ${admin(templateName)}`
  const template = postgres({ ...connection, database: templateName, max: 1, onnotice: () => {} })
  await migrate(template, await readMigrations())
  await template.end()
  await admin`alter database ${admin(templateName)} is_template true allow_connections false`
  await admin.end()
}

function explain(error: unknown): never {
  if (!(error instanceof UsageError)) throw error
  const otherwise =
    'Or name the programs of a PostgreSQL: BELLHOP_TEST_POSTGRES_BIN=/usr/lib/postgresql/15/bin npm test'
  throw new Error(`The tests need a PostgreSQL. ${error.message}\n${error.why}\n${error.fix}\n${otherwise}`, {
    cause: error,
  })
}

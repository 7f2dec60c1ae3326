import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { UsageError } from '../../core/errors.ts'
import { hubSettings } from '../../core/hub-settings.ts'
import { silentLog } from '../../core/log.ts'
import { readSettings } from '../../core/settings.ts'
import { checkMigrated, type Journal, makeJournal } from '../../journal/index.ts'
import { type ConnectedDatabase, connectDatabase } from '../../node/postgres/database.ts'
import { explainUnusableDatabase } from '../../node/start-failure.ts'
import type { Call, CliOptions } from '../terminal/command.ts'

/** The option of everything that reads the journal. */
export const folderOption: CliOptions = {
  folder: {
    type: 'string',
    value: '<folder>',
    describe: "the folder the hub was started in, for its embedded database (default: DATABASE_URL, or this folder's)",
  },
}

/** A person's own connection needs no more. */
const connections = 1

/** Opens the journal as the hub does, needing nothing of the vendors, and closes it after the work. */
export async function withJournal<T>(call: Call, work: (journal: Journal) => Promise<T>): Promise<T> {
  return withDatabase(call, async ({ sql, migrations }) => {
    await checkMigrated(sql, migrations)
    return work(makeJournal(sql))
  })
}

type DatabaseOptions = {
  /** Make the embedded database when there is none yet. */
  create?: boolean
}

/** The same database, whatever state its schema is in. */
export async function withDatabase<T>(
  call: Pick<Call, 'environment' | 'options'>,
  work: (database: ConnectedDatabase) => Promise<T>,
  { create = false }: DatabaseOptions = {},
): Promise<T> {
  const given = typeof call.options.folder === 'string' ? call.options.folder : undefined
  const url = given === undefined ? databaseUrl(call) : undefined
  const folder = join(resolve(given ?? '.'), '.bellhop')
  if (!url && !create) await refuseMissing(folder)
  try {
    const pooler = hubSettings.shape.HUB_DATABASE_POOLER.safeParse(call.environment.HUB_DATABASE_POOLER || undefined)
    const settings = { DATABASE_URL: url, HUB_DATABASE_POOLER: pooler.data, HUB_CONCURRENCY: connections }
    const database = await connectDatabase({ settings, log: silentLog, folder })
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  } catch (thrown) {
    throw explainUnusableDatabase(thrown) ?? thrown
  }
}

/** A mistake in any other setting must not keep an operator from looking. */
function databaseUrl({ environment }: Pick<Call, 'environment'>): string | undefined {
  const read = readSettings(hubSettings, environment)
  const problem = 'problems' in read ? read.problems.find(({ setting }) => setting === 'DATABASE_URL') : undefined
  if (!problem) return environment.DATABASE_URL || undefined
  throw new UsageError({ what: `DATABASE_URL ${problem.what}.`, why: 'The journal lies there.', fix: problem.fix })
}

/** To look for a delivery must not found an empty database beside the real one. */
async function refuseMissing(folder: string): Promise<void> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  if (isThere) return
  throw new UsageError({
    what: 'There is no journal here.',
    why: `DATABASE_URL is not set, and there is no ${folder}.`,
    fix: 'Call it in the folder where the hub runs, give that with --folder, or set DATABASE_URL as the hub has it.',
  })
}

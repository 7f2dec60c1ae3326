import type { Sql, TransactionSql } from 'postgres'
import { sha256, toHex } from '../../core/crypto.ts'
import { UsageError } from '../../core/errors.ts'

/** One numbered step of the schema, such as `0001_journal.sql`. Its text never changes once it was released. */
export type Migration = { number: number; name: string; text: string }

type Applied = { number: number; name: string; checksum: string }

/** Chosen once: everybody who migrates any hub's database waits for this one lock. */
const lockKey = 7_233_003

/**
 * Brings the database to the newest of these migrations, each in a transaction of its own, and returns what was applied.
 *
 * Two hubs may start at once: each transaction first takes one lock and then looks again at what is there.
 * Refuses a database that a newer Bellhop has migrated, and a migration whose text changed after it was applied.
 */
export async function migrate(sql: Sql, migrations: readonly Migration[]): Promise<Migration[]> {
  refuseMisnumbered(migrations)
  const done: Migration[] = []
  for (;;) {
    const step = await sql.begin((tx) => applyNext(tx, migrations))
    if (!step) return done
    done.push(step)
  }
}

/** Throws unless the database is exactly at these migrations. Changes nothing: for `/readyz` and for Workers. */
export async function checkMigrated(sql: Sql, migrations: readonly Migration[]): Promise<void> {
  const { pending } = await migrationState(sql, migrations)
  if (pending.length === 0) return
  throw new UsageError({
    what: 'The database is not migrated.',
    why: `It lacks ${pending.join(', ')}.`,
    fix: 'Run `npm run hub -- migrate`, or start the hub, which migrates by itself.',
  })
}

/** How far the database is: what was applied, and what this version would still apply. Changes nothing. */
export async function migrationState(
  sql: Sql,
  migrations: readonly Migration[],
): Promise<{ applied: string[]; pending: string[] }> {
  const applied = await readApplied(sql)
  const pending = pendingOf(migrations, applied, checksumsOf(migrations))
  return { applied: applied.map(({ name }) => name), pending: pending.map(({ name }) => name) }
}

async function applyNext(tx: TransactionSql, migrations: readonly Migration[]): Promise<Migration | undefined> {
  await tx`select pg_advisory_xact_lock(${lockKey}::bigint)`
  const checksums = checksumsOf(migrations)
  const [next] = pendingOf(migrations, await readApplied(tx), checksums)
  if (!next) return undefined
  await tx`create schema if not exists hub`
  await tx`
    create table if not exists hub.migration (
      number integer primary key, name text not null, checksum text not null,
      applied_at timestamptz not null default now()
    )`
  await tx.unsafe(next.text)
  await tx`
    insert into hub.migration (number, name, checksum)
    values (${next.number}, ${next.name}, ${checksums.get(next.number) ?? ''})`
  return next
}

async function readApplied(sql: Sql | TransactionSql): Promise<Applied[]> {
  // `to_regclass` answers null where a select would fail, and a failed statement would end the transaction.
  const [table] = await sql`select to_regclass('hub.migration') is not null as there`
  if (!table?.there) return []
  return sql<Applied[]>`select number, name, checksum from hub.migration order by number`
}

function pendingOf(
  migrations: readonly Migration[],
  applied: readonly Applied[],
  checksums: ReadonlyMap<number, string>,
): Migration[] {
  const newest = applied.at(-1)
  if (newest && newest.number > migrations.length) throw newerDatabase(newest, migrations.at(-1))
  const changed = applied.find(({ number, checksum }) => checksums.get(number) !== checksum)
  if (changed) throw changedMigration(changed)
  const have = new Set(applied.map(({ number }) => number))
  return migrations.filter(({ number }) => !have.has(number))
}

function newerDatabase(newest: Applied, ours: Migration | undefined): UsageError {
  return new UsageError({
    what: 'The database is newer than this Bellhop.',
    why: `It holds migration ${newest.name}; this Bellhop knows them up to ${ours?.name ?? 'none'}.`,
    fix: 'Run the newer Bellhop again, or restore a backup from before it.',
  })
}

function changedMigration({ name }: Applied): UsageError {
  return new UsageError({
    what: `The migration ${name} is not the one this database was made with.`,
    why: 'Its checksum differs: the file was edited after it had been applied, or it comes from another branch.',
    fix: `Restore the original ${name}, and put the change into a new migration.`,
  })
}

function refuseMisnumbered(migrations: readonly Migration[]): void {
  const wrong = migrations.find(({ number }, index) => number !== index + 1)
  if (wrong) throw new TypeError(`Migrations count from 1 without a gap: ${wrong.name} is out of order.`)
}

function checksumsOf(migrations: readonly Migration[]): ReadonlyMap<number, string> {
  return new Map(migrations.map(({ number, text }) => [number, checksum(text)]))
}

function checksum(text: string): string {
  // A checkout on Windows turns line ends around; that is no change.
  return toHex(sha256(new TextEncoder().encode(text.replaceAll('\r\n', '\n'))))
}

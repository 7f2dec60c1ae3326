import type { Sql, TransactionSql } from 'postgres'
import { sha256, toHex } from '../../core/crypto.ts'
import { UsageError } from '../../core/errors.ts'
import { hubItself, type Operator } from '../../core/operator.ts'
import { writeAudit } from '../audit/write-audit.ts'
import { begin } from './sql.ts'

/** One numbered step of the schema, such as `0001_journal.sql`. Its text never changes once it was released. */
export type Migration = { number: number; name: string; text: string }

type Applied = {
  number: number
  name: string
  checksum: string
  /** The oldest code version that works with the schema after this step; null: only code that knows the step. */
  worksWith: number | null
}

type MigrationState = {
  applied: string[]
  /** What this version would still apply. */
  pending: string[]
  /** What a newer version has applied, each step marked as one that this version works with. */
  newer: string[]
}

/** Key of the advisory lock that every migration of any hub's database waits for. */
const lockKey = 7_233_003

/**
 * Brings the database to the newest of these migrations, each in a transaction of its own, and returns what was applied.
 *
 * Two hubs may start at once: each transaction first takes one lock and then looks again at what is there.
 * Throws a `UsageError` for a migration whose text changed after it was applied, and for a newer schema that this
 * code does not work with. The version of the code is the number of the newest migration that it knows. A migration
 * whose first line is `-- works with: 6` works with the code from version 6 on; one without that line only with code
 * that knows it. Each step goes on record with who had it made, once there is a table for that.
 */
export async function migrate(
  sql: Sql,
  migrations: readonly Migration[],
  operator: Operator = hubItself,
): Promise<Migration[]> {
  refuseMisnumbered(migrations)
  for (const migration of migrations) readMark(migration)
  const done: Migration[] = []
  for (;;) {
    const step = await begin(sql, (tx) => applyNext(tx, { migrations, operator }))
    if (!step) return done
    done.push(step)
  }
}

/** Throws a `UsageError` unless this code works with the schema as it is. Changes nothing: for `/readyz` and for Workers. */
export async function checkMigrated(sql: Sql, migrations: readonly Migration[]): Promise<void> {
  const { pending } = await migrationState(sql, migrations)
  if (pending.length === 0) return
  throw new UsageError({
    what: 'The database is not migrated.',
    why: `It lacks ${pending.join(', ')}.`,
    fix: 'Run `npm run hub -- migrate`, or start the hub, which migrates by itself.',
  })
}

/** How far the database is. Changes nothing, and throws as `migrate` does. */
export async function migrationState(sql: Sql, migrations: readonly Migration[]): Promise<MigrationState> {
  const applied = await readApplied(sql)
  const pending = pendingOf(migrations, applied, checksumsOf(migrations))
  const names = (steps: readonly { name: string }[]) => steps.map(({ name }) => name)
  return { applied: names(applied), pending: names(pending), newer: names(newerThan(migrations, applied)) }
}

async function applyNext(
  tx: TransactionSql,
  { migrations, operator }: { migrations: readonly Migration[]; operator: Operator },
): Promise<Migration | undefined> {
  // A limit of the role, or one that another client of a pooler left in the session, would end a step that takes long.
  await tx`set local statement_timeout = 0`
  await tx`set local lock_timeout = 0`
  await tx`select pg_advisory_xact_lock(${lockKey}::bigint)`
  const checksums = checksumsOf(migrations)
  const [next] = pendingOf(migrations, await readApplied(tx), checksums)
  if (!next) return undefined
  await tx`create schema if not exists hub`
  await tx`
    create table if not exists hub.migration (
      number integer primary key, name text not null, checksum text not null,
      applied_at timestamptz not null default now(), works_with integer
    )`
  await tx.unsafe(next.text)
  const mark = readMark(next)
  const { number, name } = next
  // Tables made before 0007 lack `works_with`, and no step before 0007 has a mark.
  const row = { number, name, checksum: checksums.get(number) ?? '', ...(mark === null ? {} : { works_with: mark }) }
  await tx`insert into hub.migration ${tx(row)}`
  const [audit] = await tx`select to_regclass('hub.audit') is not null as there`
  if (audit?.there) await writeAudit(tx, operator, { act: 'migrate', targets: [name] })
  return next
}

async function readApplied(sql: Sql | TransactionSql): Promise<Applied[]> {
  // `to_regclass` answers null where a select would fail, and a failed statement would end the transaction.
  const [table] = await sql`select to_regclass('hub.migration') is not null as there`
  if (!table?.there) return []
  // Through JSON, so that one statement reads the table with the column `works_with` and without it.
  return sql<Applied[]>`
    select number, name, checksum, (to_jsonb(m) ->> 'works_with')::integer as "worksWith"
    from hub.migration as m order by number`
}

function pendingOf(
  migrations: readonly Migration[],
  applied: readonly Applied[],
  checksums: ReadonlyMap<number, string>,
): Migration[] {
  const newer = newerThan(migrations, applied)
  const unworkable = newer.find(({ worksWith }) => worksWith === null || worksWith > migrations.length)
  if (unworkable) throw newerDatabase(unworkable, migrations.at(-1))
  // This code cannot know the text of newer steps, and so not their checksums.
  const changed = applied.find(
    ({ number, checksum }) => number <= migrations.length && checksums.get(number) !== checksum,
  )
  if (changed) throw changedMigration(changed)
  const have = new Set(applied.map(({ number }) => number))
  return migrations.filter(({ number }) => !have.has(number))
}

function newerThan(migrations: readonly Migration[], applied: readonly Applied[]): Applied[] {
  return applied.filter(({ number }) => number > migrations.length)
}

function newerDatabase({ name, number, worksWith }: Applied, ours: Migration | undefined): UsageError {
  return new UsageError({
    what: 'The database is newer than this Bellhop.',
    why:
      `It holds migration ${name}, which works with versions that know at least migration ${worksWith ?? number}; ` +
      `this Bellhop knows them up to ${ours?.name ?? 'none'}.`,
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

/**
 * The oldest code version that works with the schema after this migration, or null.
 * Throws a `TypeError` for a mark that cannot be read: it would be stored for ever as "only code that knows the step".
 */
function readMark({ number, name, text }: Migration): number | null {
  const [line = ''] = text.split(/\r?\n/, 1)
  if (!/^--\s*works with/i.test(line)) return null
  const version = Number(/^-- works with: ([1-9]\d*)$/.exec(line)?.[1])
  if (version < number) return version
  throw new TypeError(`The first line of ${name} is like "-- works with: 6", with a version before ${number}.`)
}

function checksumsOf(migrations: readonly Migration[]): ReadonlyMap<number, string> {
  return new Map(migrations.map(({ number, text }) => [number, checksum(text)]))
}

function checksum(text: string): string {
  // A checkout on Windows turns line ends around; that is no change.
  return toHex(sha256(new TextEncoder().encode(text.replaceAll('\r\n', '\n'))))
}

import type { Sql, TransactionSql } from 'postgres'
import { FencedOutError } from '../../core/errors.ts'

export type { Sql }

/** A statement runs the same in a transaction and outside of one. */
export type AnySql = Sql | TransactionSql

const fencedOut = 'BH001'

/** Deadlock, serialization failure, lock not available: the same work, once more, is all they ask for. */
const transient = new Set(['40P01', '40001', '55P03'])

export function readSqlState(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : ''
}

/** Runs a transaction, again when PostgreSQL asks for it, and names the fence when it refuses. */
export function transaction<T>(sql: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  return again(async () => (await begin(sql, work)) as T)
}

const idleLimit = 'idle_in_transaction_session_timeout'

/**
 * Begins a transaction that PostgreSQL ends when the hub is silent within it for 5 s: a hub that was stopped there would
 * hold its row locks for ever. Where the session says so itself, from the startup packet on, nothing is sent.
 */
export function begin<T>(sql: Sql, work: (tx: TransactionSql) => Promise<T>) {
  return sql.begin(async (tx) => {
    if (idleLimit in sql.options.connection) return work(tx)
    // Not waited for: it goes out with the first statement.
    const [, done] = await Promise.all([tx.unsafe(`set local ${idleLimit} = '5s'`), work(tx)])
    return done
  })
}

/** The same for a single statement, which is a transaction by itself, and needs one round trip where that needs three. */
export async function again<T>(work: () => Promise<T>, triesLeft = 5): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (readSqlState(thrown) === fencedOut)
      throw new FencedOutError('The lease was lost to another worker.', { cause: thrown })
    if (transient.has(readSqlState(thrown)) && triesLeft > 1) return again(work, triesLeft - 1)
    throw thrown
  }
}

/** PostgreSQL answered that it did not write. After a connection that broke (08, 57, `EPIPE`) nobody knows. */
export function isRefused(thrown: unknown): boolean {
  return /^(?!08|57|E)[0-9A-Z]{5}$/.test(readSqlState(thrown))
}

/**
 * The journal was not reached, or lost on the way: the driver's codes of a connection that was not had or went away, the
 * system's, and PostgreSQL's own classes (connection, operator's intervention, insufficient resources).
 */
export function isUnavailable(thrown: unknown): boolean {
  return /^(CONNECT|ECONN|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|08|57P0|53)/.test(readSqlState(thrown))
}

/**
 * Rows as one JSON text: postgres.js would encode a text for a json parameter a second time. As jsonb, because what is
 * nested in a json row would be parsed a third time. Without what PostgreSQL's jsonb and text refuse in the words of
 * vendors and people: a NUL and half a surrogate pair become U+FFFD. A run that could not be settled for a letter would
 * run for ever.
 */
export function toCleanRows(sql: AnySql, rows: readonly unknown[]) {
  return sql`${toCleanJson(rows)}::text::jsonb`
}

/** The JSON text of a value, with U+FFFD for every letter that jsonb refuses. */
export function toCleanJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (!text.includes('\\u')) return text
  return text.replace(escapes, (sequence, letter: string) => (letter.length > 1 ? '\ufffd' : sequence))
}

/** Whether a JSON text by JSON.stringify has a letter that PostgreSQL refuses to read. */
export function hasRefusedLetter(text: string): boolean {
  return text.includes('\\u') && [...text.matchAll(escapes)].some(([, letter = '']) => letter.length > 1)
}

/** JSON.stringify writes just those letters as u0000 and ud800 to udfff; any other escape is stepped over whole. */
const escapes = /\\(u0000|ud[89a-f][0-9a-f]{2}|.)/g

/** Statements that depend on each other only by their order, sent without waiting for each answer. */
export async function inOrder(statements: readonly PromiseLike<unknown>[]): Promise<void> {
  await Promise.all(statements)
}

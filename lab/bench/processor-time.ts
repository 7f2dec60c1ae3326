import { readFile } from 'node:fs/promises'
import type { Sql } from '../../src/journal/index.ts'

/** Linux counts in hundredths of a second (proc(5): sysconf(_SC_CLK_TCK) is 100 everywhere today). */
const tickMs = 10

/**
 * What this process has used, in milliseconds, and what the database's processes have used for it. Noise from outside
 * hardly changes it, unlike the clock on the wall. Null where there is no /proc.
 */
export async function readProcessorTime(sql: Sql | null): Promise<{ ownMs: number; databaseMs: number | null }> {
  const { user, system } = process.cpuUsage()
  return { ownMs: (user + system) / 1000, databaseMs: sql ? await readDatabaseMs(sql) : 0 }
}

/** What the sessions of this database that are open now have used, in milliseconds; null where it is not known. */
export async function readDatabaseMs(sql: Sql): Promise<number | null> {
  const sessions = await sql<{ pid: number }[]>`select pid from pg_stat_activity where datname = current_database()`
  const each = await Promise.all(sessions.map(({ pid }) => readUsedMs(pid)))
  const known = each.filter((ms) => ms !== null)
  return known.length < each.length ? null : known.reduce((a, b) => a + b, 0)
}

/** What another process has used since its start, in milliseconds; null where it is not known. */
export async function readUsedMs(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  // The name in brackets may hold anything; utime and stime are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

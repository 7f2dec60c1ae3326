import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Migration } from '../../journal/index.ts'

const shipped = fileURLToPath(new URL('../../journal/migrations/', import.meta.url))

/** Reads `NNNN_name.sql` from a folder, in order. A file of another name there is a mistake, and said to be one. */
export async function readMigrations(folder: string = shipped): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map(async (name) => ({ number: numberOf(name), name, text: await read(folder, name) })))
}

function read(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8')
}

function numberOf(name: string): number {
  const digits = name.match(/^(\d{4})_[a-z0-9_]+\.sql$/)?.[1]
  if (!digits) throw new TypeError(`A migration is named like 0001_journal.sql, not ${name}.`)
  return Number(digits)
}

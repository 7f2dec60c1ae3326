import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfPresent } from './system.ts'

/** Where the database of a hub that runs as root lives, when the server's user cannot reach its `.bellhop`. */
export const sharedFolder = '/var/lib/bellhop'

/** The `.bellhop` folders that a database there belonged to, one JSON text a line: a copy of one uses the same. */
const noteOf = (path: string) => join(path, 'folders')

/** Notes whose database this is, so that it is known later whether that folder is gone. */
export async function noteFolder(path: string, folder: string): Promise<void> {
  if ((await readNotedFolders(path)).includes(folder)) return
  await appendFile(noteOf(path), `${JSON.stringify(folder)}\n`, { mode: 0o600 })
}

export async function readNotedFolders(path: string): Promise<string[]> {
  const text = (await readIfPresent(noteOf(path))) ?? ''
  return text.split('\n').flatMap((line) => {
    try {
      const folder: unknown = JSON.parse(line)
      return typeof folder === 'string' ? [folder] : []
    } catch {
      return []
    }
  })
}

import { toPlainText } from '../terminal/text.ts'

/** An amount of bytes: 812 MB, 1.2 GB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`
  return bytes < 1_000_000_000 ? `${Math.round(bytes / 1_000_000)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** Says whose a database is that no hub points to. */
export function whoseIs({ folders }: { folders: readonly string[] }): string {
  if (folders.length === 0) return 'An older version made it, and did not note whose it is.'
  return `It was the database of ${toPlainText(folders.join(', '))}, which is gone or has another since.`
}

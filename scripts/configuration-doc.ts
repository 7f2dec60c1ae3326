import { readFileSync, writeFileSync } from 'node:fs'
import { configurationTable } from './configuration-table.ts'

/**
 * Writes the table of settings into the README and `docs/configuration.md`, between the marks.
 * Usage: node scripts/configuration-doc.ts
 */
for (const name of ['../README.md', '../docs/configuration.md']) {
  const file = new URL(name, import.meta.url)
  const text = readFileSync(file, 'utf8')
  const marked = /(<!-- settings: begin.*?-->)[\s\S]*?(<!-- settings: end -->)/
  if (!marked.test(text)) throw new Error(`${name} has no marks for the table of settings.`)
  writeFileSync(
    file,
    text.replace(marked, (_, begin, end) => `${begin}\n\n${configurationTable()}\n\n${end}`),
  )
}

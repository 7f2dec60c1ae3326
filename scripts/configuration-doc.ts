import { readFileSync, writeFileSync } from 'node:fs'
import { configurationTable } from './configuration-table.ts'

/**
 * Writes the table of settings into `docs/configuration.md`, between the marks.
 * Usage: node scripts/configuration-doc.ts
 */
const file = new URL('../docs/configuration.md', import.meta.url)
const text = readFileSync(file, 'utf8')
const marked = /(<!-- settings: begin.*?-->)[\s\S]*?(<!-- settings: end -->)/
if (!marked.test(text)) throw new Error('docs/configuration.md has no marks for the table of settings.')
writeFileSync(
  file,
  text.replace(marked, (_, begin, end) => `${begin}\n\n${configurationTable()}\n\n${end}`),
)

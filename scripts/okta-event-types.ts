import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Writes the union of Okta's hook-eligible event types into `src/sources/okta/event-types.ts`.
 * Usage: node scripts/okta-event-types.ts <file with one event type a line>
 *
 * The list is the catalogue's rows that are marked "event-hook-eligible"
 * (Okta docs: event types catalogue, release 2026.08.1). What stands around the union is written by hand and kept.
 */
const target = new URL('../src/sources/okta/event-types.ts', import.meta.url)
const begin = '// generated: begin\n'
const end = '// generated: end\n'

const [file] = process.argv.slice(2)
if (!file) {
  console.error('usage: node scripts/okta-event-types.ts <file with one event type a line>')
  process.exit(1)
}

const names = readFileSync(file, 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => /^[\w.]+$/.test(line))
const unique = [...new Set(names)].sort()
const union = `export type OktaEventType =\n${unique.map((name) => `  | '${name}'\n`).join('')}`

const source = readFileSync(target, 'utf8')
const head = source.slice(0, source.indexOf(begin) + begin.length)
const tail = source.slice(source.indexOf(end))
writeFileSync(target, head + union + tail)
console.log(`${unique.length} event types written`)

import { readFile, writeFile } from 'node:fs/promises'
import { atDesk } from './desk.ts'
import { incidents } from './incidents.ts'
import { type Played, putPages, readSteps, renderPage } from './page.ts'

/**
 * Plays the incidents with simulated tenants and a real hub, two at a time, and prints their pages.
 * Usage: npm run incidents [-- --write | --check] [-- --only <word of a title>]
 * `--write` puts the pages into docs/operations.md; `--check` fails when the document tells of other steps.
 */
const args = process.argv.slice(2)
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined
const file = new URL('../../docs/operations.md', import.meta.url)

const chosen = incidents.filter(({ title }) => only === undefined || title.includes(only))
const played = new Map<string, Played>()
const left = [...chosen]
let failed = 0
await Promise.all([playNext(), playNext()])
const pages = chosen.flatMap(({ title }) => played.get(title) ?? []).map(renderPage)

if (args.includes('--write') && failed === 0) await writeFile(file, putPages(await readFile(file, 'utf8'), pages))
if (args.includes('--check') && failed === 0) failed += await compare()
if (!args.includes('--write')) process.stdout.write(`${pages.join('\n\n')}\n`)
process.exitCode = failed === 0 ? 0 : 1

async function playNext(): Promise<void> {
  for (let next = left.shift(); next; next = left.shift()) {
    const { title, about, play } = next
    try {
      played.set(title, { title, about, scenes: await atDesk(play) })
      process.stderr.write(`✓ ${title}\n`)
    } catch (thrown) {
      failed += 1
      process.stderr.write(`✗ ${title}\n${thrown instanceof Error ? thrown.message : thrown}\n`)
    }
  }
}

async function compare(): Promise<number> {
  const document = await readFile(file, 'utf8')
  const [told, done] = [readSteps(document), readSteps(putPages(document, pages))]
  if (told.join('\n') === done.join('\n')) return 0
  const other = done.find((step, i) => step !== told[i]) ?? told[done.length]
  process.stderr.write(
    `docs/operations.md tells of other steps than were done, first: ${other}\nnpm run incidents -- --write\n`,
  )
  return 1
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Growth } from './growth.ts'
import { drawBars } from './plot.ts'
import { listGrowthTables, type Table } from './report.ts'

type Results = { at: string; quick: boolean; growth?: Growth | null }

/** What stands between the marks of one name, and the pictures of it by their file names. */
type Section = { text: string; plots: Record<string, string> }

const page = new URL('../../docs/bench.md', import.meta.url)
const pictures = new URL('../../docs/bench/', import.meta.url)

/** One for each part of the bench whose numbers stand on the page between marks; null: it was not measured. */
const sections: Record<string, (results: Results) => Section | null> = {
  growth: ({ at, growth }) => (growth ? describeGrowth(growth, at) : null),
}

/** Writes the numbers of the last run to docs/bench.md and docs/bench/*.svg. What was not measured stays as it is. */
export async function writeDocs(resultsFile: URL): Promise<string[]> {
  const results: Results = JSON.parse(await readFile(resultsFile, 'utf8'))
  if (results.quick)
    throw new Error('The last run was a quick one, whose numbers say nothing: run the bench without --quick.')
  await mkdir(pictures, { recursive: true })
  const written: string[] = []
  let text = await readFile(page, 'utf8')
  for (const [name, describe] of Object.entries(sections)) {
    const section = describe(results)
    if (section === null) continue
    text = replaceMarked(text, { name, with: section.text })
    for (const [file, svg] of Object.entries(section.plots)) await writeFile(new URL(file, pictures), svg)
    written.push(name)
  }
  await writeFile(page, text)
  return written
}

/** Replaces what stands between `<!-- bench:<name> -->` and `<!-- /bench:<name> -->`. */
export function replaceMarked(text: string, { name, with: words }: { name: string; with: string }): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`docs/bench.md has no place between ${begin} and ${end}`)
  return `${text.slice(0, from + begin.length)}\n${words}\n${text.slice(to)}`
}

function describeGrowth(growth: Growth, at: string): Section {
  const { loaded, analyzed } = growth.phases
  const svg = drawBars({
    title: `${growth.rows.toLocaleString('en-US')} rows against an empty journal`,
    unit: 'times as long as on an empty journal (logarithmic)',
    series: ['never analyzed', 'analyzed'],
    groups: loaded
      .filter(({ unit }) => unit === 'ms')
      .map(({ name, ratio }) => ({
        label: name,
        values: [ratio, analyzed.find((one) => one.name === name)?.ratio ?? null],
      })),
    scale: 'log',
    aim: { value: 1.2, label: 'aim: at most 1.2' },
  })
  const tables = listGrowthTables(growth).map(formatMarkdown).join('\n\n')
  return { text: `${at.slice(0, 10)}\n\n${tables}\n\n![growth](bench/growth.svg)`, plots: { 'growth.svg': svg } }
}

/** A table in Markdown; numbers to the right. */
export function formatMarkdown({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/[|<>]/g, (sign) => `\\${sign}`)).join(' | ')} |`
  const rule = `|${head.map((_, i) => (i === 0 ? '---' : '--:')).join('|')}|`
  return [`${title}:`, '', line(head), rule, ...rows.map(line)].join('\n')
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { DrainCost } from './drain.ts'
import type { Edge } from './edge.ts'
import { listEdgeTables } from './edge-tables.ts'
import type { Growth } from './growth.ts'
import { drawBars } from './plot.ts'
import { listDrainTables, listGrowthTables, type Table } from './report.ts'

type Machine = { node: string; cores: number; loadAverage: number }
type Results = { at: string; quick: boolean; machine: Machine; measured: unknown }

/** What stands between the marks of one name, and the pictures of it by their file names. */
type Section = { text: string; plots: Record<string, string> }

const page = new URL('../../docs/bench.md', import.meta.url)
const pictures = new URL('../../docs/bench/', import.meta.url)

/** One for each part of the bench whose numbers stand on the page between marks: what `run.ts` wrote of it, in words. */
const sections: Record<string, (results: Results) => Section> = {
  drain: ({ at, measured }) => describeDrain(measured as DrainCost, at),
  edge: ({ at, machine, measured }) => describeEdge(measured as Edge, { at, machine }),
  growth: ({ at, measured }) => describeGrowth(measured as Growth, at),
}

/** Writes the last numbers of each part to docs/bench.md and docs/bench/*.svg. What was not measured stays as it is. */
export async function writeDocs(results: URL): Promise<string[]> {
  await mkdir(pictures, { recursive: true })
  const written: string[] = []
  let text = await readFile(page, 'utf8')
  for (const [name, describe] of Object.entries(sections)) {
    const file = await readFile(new URL(`${name}.json`, results), 'utf8').catch(() => null)
    if (file === null) continue
    const found: Results = JSON.parse(file)
    if (found.quick)
      throw new Error(`The last run of ${name} was a quick one, whose numbers say nothing: run it without --quick.`)
    const section = describe(found)
    text = replaceMarked(text, { name, with: section.text })
    for (const [picture, svg] of Object.entries(section.plots)) await writeFile(new URL(picture, pictures), svg)
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

function describeDrain(cost: DrainCost, at: string): Section {
  const { unchanged, changed, peers } = cost
  const svg = drawBars({
    title: 'No-op work done, order kept per person, a row kept of each attempt',
    unit: 'settled a second',
    series: ['settled/s'],
    groups: [
      { label: 'hub', values: [unchanged.perSecond] },
      ...Object.entries(peers ?? {}).map(([label, { perSecond }]) => ({ label, values: [perSecond] })),
      { label: 'hub, with one change at the vendor', values: [changed.perSecond] },
    ],
  })
  const tables = listDrainTables(cost).map(formatMarkdown).join('\n\n')
  return { text: `${at.slice(0, 10)}\n\n${tables}\n\n![drain](bench/drain.svg)`, plots: { 'drain.svg': svg } }
}

function describeEdge(edge: Edge, run: Pick<Results, 'at' | 'machine'>): Section {
  const tables = listEdgeTables(edge).map(formatMarkdown).join('\n\n')
  return { text: `${describeRun(run)}\n\n${tables}`, plots: {} }
}

/** When, where, and whether what else the machine had to do makes the numbers mean less. */
export function describeRun({ at, machine: { node, cores, loadAverage } }: Pick<Results, 'at' | 'machine'>): string {
  const quiet = `load average ${loadAverage.toFixed(1)} at the start`
  const busy = `${quiet}: other work held the processors, so that the milliseconds say little and the ratios swing`
  return `${at.slice(0, 10)}, ${cores} cores, Node ${node.slice(1)}, ${loadAverage < cores / 4 ? quiet : busy}.`
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

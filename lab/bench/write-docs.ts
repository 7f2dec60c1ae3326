import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { listAims } from './aims.ts'
import type { Growth } from './growth.ts'
import { type Measured, type PartName, partNames, parts } from './parts.ts'
import { drawBars } from './plot.ts'
import type { Table } from './report.ts'

type Machine = { node: string; cores: number; loadAverage: number }
type Results<N extends PartName> = { at: string; quick: boolean; machine: Machine; measured: Measured[N] }

const page = new URL('../../docs/bench.md', import.meta.url)
const pictures = new URL('../../docs/bench/', import.meta.url)

/** The picture of a part, if it has one: its file is named by the part. */
const plots: { readonly [N in PartName]?: (measured: Measured[N]) => string } = { drain: drawDrain, growth: drawGrowth }

/**
 * Writes the last numbers of each part to docs/bench.md and docs/bench/*.svg, and how far the drain is from its aims.
 * What was not measured stays as it is.
 */
export async function writeDocs(results: URL): Promise<string[]> {
  await mkdir(pictures, { recursive: true })
  const found: Partial<Measured> = {}
  let text = await readFile(page, 'utf8')
  const describe = async <N extends PartName>(name: N) => {
    const run = await readResults(name, results)
    if (!run) return
    found[name] = run.measured
    const plot = plots[name]?.(run.measured)
    if (plot) await writeFile(new URL(`${name}.svg`, pictures), plot)
    const tables = parts[name].listTables(run.measured).map(formatMarkdown)
    const picture = plot ? [`![${name}](bench/${name}.svg)`] : []
    text = replaceMarked(text, { name, with: [describeRun(run), ...tables, ...picture].join('\n\n') })
  }
  for (const name of partNames) await describe(name)
  const { throughput, lockout, drain, growth } = found
  const written: string[] = Object.keys(found)
  if (throughput && lockout && drain && growth) {
    text = replaceMarked(text, { name: 'aims', with: formatMarkdown(listAims({ throughput, lockout, drain, growth })) })
    written.push('aims')
  }
  await writeFile(page, text)
  return written
}

async function readResults<N extends PartName>(name: N, results: URL): Promise<Results<N> | null> {
  const file = await readFile(new URL(`${name}.json`, results), 'utf8').catch(() => null)
  if (file === null) return null
  const found: Results<N> = JSON.parse(file)
  if (found.quick)
    throw new Error(`The last run of ${name} was a quick one, whose numbers say nothing: run it without --quick.`)
  return found
}

/** Replaces what stands between `<!-- bench:<name> -->` and `<!-- /bench:<name> -->`. */
export function replaceMarked(text: string, { name, with: words }: { name: string; with: string }): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`docs/bench.md has no place between ${begin} and ${end}`)
  return `${text.slice(0, from + begin.length)}\n${words}\n${text.slice(to)}`
}

function drawDrain({ unchanged, changed, peers }: Measured['drain']): string {
  return drawBars({
    title: 'No-op work done, order kept per person, a row kept of each attempt',
    unit: 'settled a second',
    series: ['settled/s'],
    groups: [
      { label: 'hub', values: [unchanged.perSecond] },
      ...Object.entries(peers ?? {}).map(([label, { perSecond }]) => ({ label, values: [perSecond] })),
      { label: 'hub, with one change at the vendor', values: [changed.perSecond] },
    ],
  })
}

/** When, where, and whether what else the machine had to do makes the numbers mean less. */
export function describeRun({ at, machine: { node, cores, loadAverage } }: { at: string; machine: Machine }): string {
  const quiet = `load average ${loadAverage.toFixed(1)} at the start`
  const busy = `${quiet}: other work, or the part before, held the processors, so that milliseconds may say little and ratios swing`
  return `${at.slice(0, 10)}, ${cores} cores, Node ${node.slice(1)}, ${loadAverage < cores / 4 ? quiet : busy}.`
}

function drawGrowth({ rows, phases: { loaded, analyzed } }: Growth): string {
  return drawBars({
    title: `${rows.toLocaleString('en-US')} rows against an empty journal`,
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
}

/** A table in Markdown; numbers to the right. */
export function formatMarkdown({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/[|<>]/g, (sign) => `\\${sign}`)).join(' | ')} |`
  const rule = `|${head.map((_, i) => (i === 0 ? '---' : '--:')).join('|')}|`
  return [`${title}:`, '', line(head), rule, ...rows.map(line)].join('\n')
}

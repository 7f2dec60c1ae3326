import type { CounterRow, HistogramRow, Labels } from '../core/meter.ts'

/** One metric in the text format of Prometheus (exposition format 0.0.4): what it is, then its values. */
export type Family = { name: string; help: string; type: 'gauge' | 'counter' | 'histogram'; lines: string[] }

export function formatFamilies(families: readonly Family[]): string {
  return families
    .flatMap(({ name, help, type, lines }) => [
      `# HELP ${name} ${escapeText(help)}`,
      `# TYPE ${name} ${type}`,
      ...lines,
    ])
    .map((line) => `${line}\n`)
    .join('')
}

export function makeGauge(name: string, help: string, rows: readonly { labels?: Labels; value: number }[]): Family {
  const lines = rows.map(({ labels = {}, value }) => `${name}${formatLabels(labels)} ${value}`)
  return { name, help, type: 'gauge', lines }
}

export function makeCounter(name: string, help: string, rows: readonly CounterRow[]): Family {
  return {
    name,
    help,
    type: 'counter',
    lines: rows.map(({ labels, count }) => `${name}${formatLabels(labels)} ${count}`),
  }
}

/** Buckets are cumulative, and the last one has everything. */
export function makeHistogram(
  name: string,
  { help, bounds, rows }: { help: string; bounds: readonly number[]; rows: readonly HistogramRow[] },
): Family {
  const lines = rows.flatMap(({ labels, counts, sum, all }) => {
    let below = 0
    const buckets = bounds.map((bound, i) => {
      below += counts[i] ?? 0
      return `${name}_bucket${formatLabels({ ...labels, le: String(bound) })} ${below}`
    })
    return [
      ...buckets,
      `${name}_bucket${formatLabels({ ...labels, le: '+Inf' })} ${all}`,
      `${name}_sum${formatLabels(labels)} ${sum}`,
      `${name}_count${formatLabels(labels)} ${all}`,
    ]
  })
  return { name, help, type: 'histogram', lines }
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

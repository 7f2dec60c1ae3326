/** What a process counts of its own work. Counters begin at 0 with the process, as Prometheus expects of them. */
export const counterNames = [
  'hooksReceived',
  'hooksAcknowledged',
  'hooksRefused',
  'hooksFailed',
  'events',
  'attempts',
] as const

export type CounterName = (typeof counterNames)[number]

export const histogramNames = ['attemptSeconds', 'lockoutSeconds'] as const

export type HistogramName = (typeof histogramNames)[number]

/** Ids from the configuration, words of the hub's own, and statuses: never what a sender chose, nor a person's. */
export type Labels = Readonly<Record<string, string>>

export type CounterRow = { labels: Labels; count: number }

/** `counts`: how many were within each bound of `bounds`, each apart; what is beyond the last is in `all` alone. */
export type HistogramRow = { labels: Labels; counts: number[]; sum: number; all: number }

export type Meter = {
  count(name: CounterName, labels: Labels, by?: number): void
  observe(name: HistogramName, labels: Labels, seconds: number): void
  readCounter(name: CounterName): CounterRow[]
  readHistogram(name: HistogramName): HistogramRow[]
}

/** Upper bounds of the buckets, in seconds. */
export const bounds: Readonly<Record<HistogramName, readonly number[]>> = {
  attemptSeconds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  lockoutSeconds: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400],
}

/** Makes a meter with every number at zero. */
export function makeMeter(): Meter {
  const counters = new Map<CounterName, Map<string, CounterRow>>(counterNames.map((name) => [name, new Map()]))
  const histograms = new Map<HistogramName, Map<string, HistogramRow>>(histogramNames.map((name) => [name, new Map()]))
  return {
    count(name, labels, by = 1) {
      const row = rowOf(counters.get(name), labels, () => ({ labels, count: 0 }))
      row.count += by
    },
    observe(name, labels, seconds) {
      const empty = () => ({ labels, counts: bounds[name].map(() => 0), sum: 0, all: 0 })
      const row = rowOf(histograms.get(name), labels, empty)
      const place = bounds[name].findIndex((bound) => seconds <= bound)
      if (place !== -1) row.counts[place] = (row.counts[place] ?? 0) + 1
      row.sum += seconds
      row.all++
    },
    readCounter: (name) => [...(counters.get(name)?.values() ?? [])],
    readHistogram: (name) => [...(histograms.get(name)?.values() ?? [])],
  }
}

/** Finds the row of these labels, or makes it. */
function rowOf<Row>(rows: Map<string, Row> | undefined, labels: Labels, make: () => Row): Row {
  const key = Object.values(labels).join('\n')
  const row = rows?.get(key) ?? make()
  rows?.set(key, row)
  return row
}

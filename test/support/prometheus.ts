type Sample = { name: string; labels: Record<string, string>; value: number }
export type Families = Map<string, { type: string; samples: Sample[] }>

const endings = { histogram: ['_bucket', '_sum', '_count'], gauge: [''], counter: [''] } as const

/**
 * Reads Prometheus text (exposition format 0.0.4) as strictly as it is written down.
 * @throws Error on a line that is none, a metric without HELP and TYPE, a sample twice, or a histogram that does not add up
 */
export function readMetrics(text: string): Families {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.')
  const families: Families = new Map()
  const helped = new Set<string>()
  let current: { name: string; type: keyof typeof endings } | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    const [, help] = /^# HELP ([a-z_][a-z0-9_]*) \S.*$/.exec(line) ?? []
    const [, typed, type] = /^# TYPE ([a-z_][a-z0-9_]*) (gauge|counter|histogram)$/.exec(line) ?? []
    if (help !== undefined) {
      if (helped.has(help)) throw new Error(`${help} has HELP twice.`)
      helped.add(help)
    } else if (typed !== undefined) {
      if (!helped.has(typed) || families.has(typed)) throw new Error(`${typed} has TYPE without HELP, or twice.`)
      current = { name: typed, type: type as keyof typeof endings }
      families.set(typed, { type: type ?? '', samples: [] })
    } else {
      const sample = readSample(line)
      const { name = '', type = 'gauge' } = current ?? {}
      if (!endings[type].some((ending) => sample.name === name + ending)) throw new Error(`${line} is under ${name}.`)
      families.get(name)?.samples.push(sample)
    }
  }
  for (const [name, { type, samples }] of families) {
    const keys = samples.map((one) => JSON.stringify([one.name, one.labels]))
    if (new Set(keys).size < keys.length) throw new Error(`${name} has a sample twice.`)
    if (type === 'counter' && !name.endsWith('_total')) throw new Error(`${name} is a counter without _total.`)
    if (type === 'histogram') checkHistogram(name, samples)
  }
  return families
}

function readSample(line: string): Sample {
  const label = String.raw`[a-z_]+="(?:[^"\\]|\\[\\"n])*"`
  const read = new RegExp(`^([a-z_][a-z0-9_]*)(?:\\{(${label}(?:,${label})*)\\})? ([0-9.e+-]+)$`).exec(line)
  if (!read) throw new Error(`This is no sample: ${line}`)
  const [, name = '', labels = '', value = ''] = read
  const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text = '']) => [
    key,
    text.replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter)),
  ])
  if (Number.isNaN(Number(value))) throw new Error(`This is no number: ${line}`)
  return { name, labels: Object.fromEntries(pairs), value: Number(value) }
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest))
  for (const [of, group] of groups) {
    const buckets = group.filter((one) => one.name.endsWith('_bucket'))
    const bounds = buckets.map(({ labels }) => (labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)))
    const rises = (list: readonly number[], strictly: boolean) =>
      list.every((one, i) => i === 0 || (strictly ? one > (list[i - 1] ?? 0) : one >= (list[i - 1] ?? 0)))
    const count = group.find((one) => one.name === `${name}_count`)?.value
    const isWhole = bounds.at(-1) === Number.POSITIVE_INFINITY && buckets.at(-1)?.value === count
    if (!rises(bounds, true) || !isWhole) throw new Error(`${name} ${of} does not end with all.`)
    if (
      !rises(
        buckets.map(({ value }) => value),
        false,
      )
    )
      throw new Error(`${name} ${of} is not cumulative.`)
    if (!group.some((one) => one.name === `${name}_sum`)) throw new Error(`${name} ${of} has no sum.`)
  }
}

/** The one value of a metric with exactly these labels; undefined: there is none. */
export function sampleOf(families: Families, name: string, labels: Record<string, string>): number | undefined {
  const sort = (of: Record<string, string>) => JSON.stringify(Object.entries(of).sort())
  return [...families.values()]
    .flatMap(({ samples }) => samples)
    .find((one) => one.name === name && sort(one.labels) === sort(labels))?.value
}

/** A bar of a group: null is drawn as no bar, and said so. */
type Group = { label: string; values: readonly (number | null)[] }

export type BarChart = {
  title: string
  /** What the values count, with their unit. */
  unit: string
  /** Names of the bars of each group, in their order. */
  series: readonly string[]
  groups: readonly Group[]
  /** `log` for values that lie more than a decade apart: bars start at a power of ten. */
  scale?: 'linear' | 'log'
  /** A line across all bars. */
  aim?: { value: number; label: string }
}

const width = 760
const barHeight = 16
const groupGap = 14
const left = 290
const right = 90
const top = 74
/** Seen on white and on black: a reader's page may be either, and an image on GitHub is not asked which. */
const colors = ['#3b82f6', '#f59e0b', '#10b981', '#a855f7', '#ef4444', '#6b7280']
const ink = '#7d8590'

/** Draws horizontal bars, in groups, as an SVG that stands alone. Readable on a light page and on a dark one. */
export function drawBars(chart: BarChart): string {
  const { title, unit, series, groups, aim } = chart
  const values = groups.flatMap((group) => group.values.filter(isDrawn))
  const scale = makeScale([...values, ...(aim && isDrawn(aim.value) ? [aim.value] : [])], chart.scale ?? 'linear')
  const groupHeight = series.length * barHeight + groupGap
  const bottom = top + groups.length * groupHeight
  const height = bottom + 44
  const parts = [
    text({ x: 16, y: 24, size: 15, weight: 600 }, title),
    ...legend(series),
    ...scale.ticks.flatMap((tick) => [
      `<line x1="${round(scale.at(tick))}" y1="${top - 6}" x2="${round(scale.at(tick))}" y2="${bottom}" class="grid"/>`,
      text({ x: scale.at(tick), y: bottom + 16, anchor: 'middle', size: 11 }, formatNumber(tick)),
    ]),
    text({ x: left, y: bottom + 34, size: 11 }, unit),
    ...groups.flatMap((group, i) =>
      drawGroup(group, { y: top + i * groupHeight, scale, height: groupHeight - groupGap }),
    ),
    ...(aim && isDrawn(aim.value) ? drawAim(aim, { x: scale.at(aim.value), bottom }) : []),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<style>text{font-family:system-ui,sans-serif;fill:${ink}}.grid{stroke:${ink};stroke-opacity:.25}.aim{stroke:${ink};stroke-dasharray:4 3}</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

type Scale = { at(value: number): number; ticks: number[] }

/** From values to x: from zero, or from the power of ten below the least value. */
export function makeScale(values: readonly number[], kind: 'linear' | 'log'): Scale {
  const room = width - left - right
  const most = Math.max(0, ...values)
  const positive = values.filter((value) => value > 0)
  if (kind === 'log' && positive.length > 0) {
    const low = Math.floor(Math.log10(Math.min(...positive)) - 1e-9)
    const high = Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9))
    const at = (value: number) =>
      value <= 0 ? left : left + (room * (Math.max(Math.log10(value), low) - low)) / (high - low)
    return { at, ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)) }
  }
  const step = findStep(most / 5)
  const end = Math.max(1, Math.ceil(most / step - 1e-9)) * step
  return {
    at: (value) => left + (room * value) / end,
    ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, i) => Number((i * step).toPrecision(12))),
  }
}

/** The next of 1, 2 and 5 times a power of ten. */
function findStep(least: number): number {
  if (!(least > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10) * power
}

function drawGroup(
  { label, values }: Group,
  { y, scale, height }: { y: number; scale: Scale; height: number },
): string[] {
  return [
    text({ x: left - 10, y: y + height / 2 + 4, anchor: 'end', size: 12 }, label),
    ...values.flatMap((value, i) => {
      const barY = y + i * barHeight
      const end = isDrawn(value) ? scale.at(value) : left
      const said = text({ x: end + 6, y: barY + 12, size: 11 }, isDrawn(value) ? formatNumber(value) : 'not measured')
      if (!isDrawn(value)) return [said]
      const length = round(Math.max(end - left, 1))
      return [
        `<rect x="${left}" y="${barY + 1}" width="${length}" height="${barHeight - 3}" rx="2" fill="${colorOf(i)}"/>`,
        said,
      ]
    }),
  ]
}

function drawAim({ label }: { label: string }, { x, bottom }: { x: number; bottom: number }): string[] {
  return [
    `<line x1="${round(x)}" y1="${top - 10}" x2="${round(x)}" y2="${bottom}" class="aim"/>`,
    text({ x, y: top - 14, anchor: 'middle', size: 11 }, label),
  ]
}

function legend(series: readonly string[]): string[] {
  if (series.length < 2) return []
  let x = 16
  return series.flatMap((name, i) => {
    const at = x
    x += 24 + name.length * 7
    return [
      `<rect x="${at}" y="37" width="10" height="10" rx="2" fill="${colorOf(i)}"/>`,
      text({ x: at + 15, y: 46, size: 12 }, name),
    ]
  })
}

function colorOf(i: number): string {
  return colors[i % colors.length] ?? ink
}

function isDrawn(value: number | null): value is number {
  return value !== null && Number.isFinite(value)
}

/** Three significant digits at least; thousands with commas. */
function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

type TextStyle = { x: number; y: number; size: number; anchor?: 'middle' | 'end'; weight?: number }

function text({ x, y, size, anchor, weight }: TextStyle, words: string): string {
  const more = `${anchor ? ` text-anchor="${anchor}"` : ''}${weight ? ` font-weight="${weight}"` : ''}`
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}"${more}>${escapeXml(words)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeXml(words: string): string {
  return words.replace(/[&<>"]/g, (letter) => escapes[letter] ?? letter)
}

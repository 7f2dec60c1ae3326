import { describe, expect, test } from 'vitest'
import { type BarChart, drawBars, makeScale } from '../../lab/bench/plot.ts'

const chart: BarChart = {
  title: 'Settled deliveries <a second> & more',
  unit: 'deliveries a second',
  series: ['hub', 'a "peer"'],
  groups: [
    { label: 'nothing to change', values: [1234, 400] },
    { label: 'one change', values: [617, null] },
    { label: 'not known', values: [Number.NaN, Number.POSITIVE_INFINITY] },
  ],
  aim: { value: 800, label: 'aim ≥ 800' },
}

describe('drawBars', () => {
  test('writes XML whose tags close in order and whose words are escaped', () => {
    const svg = drawBars(chart)
    expect(findUnclosed(svg)).toEqual([])
    expect(svg).toContain('Settled deliveries &lt;a second&gt; &amp; more')
    expect(svg).toContain('a &quot;peer&quot;')
    expect(svg).toContain('<svg xmlns="http://www.w3.org/2000/svg"')
  })

  test('draws bars as long as their values say, from zero', () => {
    const [hub = 0, peer = 0, changed = 0] = readBars(drawBars(chart))
    expect(hub / changed).toBeCloseTo(2, 1)
    expect(hub / peer).toBeCloseTo(1234 / 400, 1)
  })

  test('draws no bar for what was not measured, and no number that is none', () => {
    const svg = drawBars(chart)
    expect(readBars(svg)).toHaveLength(3)
    expect(svg.match(/not measured/g)).toHaveLength(3)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('names the unit, the series, the groups and the aim', () => {
    const svg = drawBars(chart)
    for (const words of ['deliveries a second', '>hub<', '>nothing to change<', '>one change<', 'aim ≥ 800', '>1,234<'])
      expect(svg).toContain(words)
  })

  test('stays within its picture', () => {
    const svg = drawBars({ ...chart, scale: 'log' })
    const width = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
    const ends = [...svg.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(
      ([, x, length]) => Number(x) + Number(length),
    )
    expect(Math.max(...ends)).toBeLessThan(width)
  })

  test.each(['linear', 'log'] as const)('draws an empty chart and one of zeros (%s)', (scale) => {
    for (const groups of [[], [{ label: 'none', values: [0, 0] }]]) {
      const svg = drawBars({ ...chart, groups, scale, aim: { value: Number.NaN, label: 'none' } })
      expect(findUnclosed(svg)).toEqual([])
      expect(svg).not.toMatch(/NaN|Infinity/)
    }
  })

  test('uses no color that only one of a light and a dark page shows', () => {
    const colors = [...drawBars(chart).matchAll(/#([0-9a-f]{6})/g)].map(([, hex = '']) => readLuminance(hex))
    expect(colors.length).toBeGreaterThan(2)
    for (const luminance of colors) {
      // WCAG's contrast for graphics, against white and against GitHub's dark page (#0d1117)
      expect(1.05 / (luminance + 0.05)).toBeGreaterThan(2)
      expect((luminance + 0.05) / (0.0055 + 0.05)).toBeGreaterThan(3)
    }
  })
})

describe('makeScale', () => {
  test('has round ticks that reach over the largest value', () => {
    expect(makeScale([1234], 'linear').ticks).toEqual([0, 500, 1000, 1500])
    expect(makeScale([0.7], 'linear').ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8])
  })

  test('has powers of ten as ticks of a logarithmic scale', () => {
    expect(makeScale([3, 4500], 'log').ticks).toEqual([1, 10, 100, 1000, 10_000])
  })

  test('puts a tenth and a hundredth at equal distances on a logarithmic scale', () => {
    const { at } = makeScale([1, 1000], 'log')
    expect(at(1000) - at(100)).toBeCloseTo(at(100) - at(10), 6)
    expect(Number.isFinite(at(0))).toBe(true)
  })
})

/** Tags that do not close, in order; an SVG of ours has neither comments nor CDATA. */
function findUnclosed(svg: string): string[] {
  const open: string[] = []
  for (const [, slash, name = '', selfClosed] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (selfClosed) continue
    if (!slash) open.push(name)
    else if (open.pop() !== name) return [`</${name}>`]
  }
  expect(svg.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot);)/)
  return open
}

function readBars(svg: string): number[] {
  return [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="13"/g)].map(([, length]) => Number(length))
}

function readLuminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

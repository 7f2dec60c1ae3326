import { describe, expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { formatHelp, formatOverview } from '../../src/cli/help.ts'
import { commandTable } from '../../src/cli/table.ts'
import { makePaint } from '../../src/cli/terminal/terminal.ts'

const paint = makePaint(false)

test('the overview names every command, those of the installed connectors too', () => {
  const text = formatOverview(commandTable, paint)
  for (const { name, summary } of commandTable)
    expect(text).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 12)}`, 'm'))
  for (const { id, commands, list } of connectors) {
    if (list) expect(text).toContain(`${id} resync`)
    for (const name of Object.keys(commands ?? {})) expect(text).toContain(`${id} ${name}`)
  }
})

describe.each(commandTable)('the help of $name', ({ name, summary, load }) => {
  test('has what it does, every option, an example that calls it, and the exit codes', async () => {
    const command = await load()
    const text = formatHelp({ name, summary, command }, paint)
    expect(command.usage.startsWith(name)).toBe(true)
    expect(command.help.length).toBeGreaterThan(80)
    for (const [option, { describe: words }] of Object.entries(command.options)) {
      expect(text).toMatch(new RegExp(`^  --${option}.*  \\S`, 'm'))
      expect(words.length).toBeGreaterThan(8)
    }
    expect(command.examples.some((example) => new RegExp(`(hub --|run) ${name}\\b`).test(example))).toBe(true)
    expect(text).toMatch(/0 {2}\S.*\n {2}1 {2}\S.*\n {2}2 {2}\S/)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130)
  })
})

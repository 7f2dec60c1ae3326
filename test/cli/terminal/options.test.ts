import { expect, test } from 'vitest'
import type { CliOptions } from '../../../src/cli/terminal/command.ts'
import { parseOptions } from '../../../src/cli/terminal/options.ts'
import { WrongUsage } from '../../../src/cli/terminal/wrong-usage.ts'

const options: CliOptions = {
  stuck: { type: 'boolean', describe: 'only what is stuck' },
  limit: { type: 'string', value: '<n>', describe: 'how many at most' },
  field: { type: 'string', value: '<name>', describe: 'which', repeats: true },
}
const parse = (...args: string[]) => parseOptions(args, { command: 'deliveries', options })

test('an option that repeats keeps every value, in order', () => {
  expect(parse('--field', 'a=1', '--field=b=2')).toMatchObject({ repeated: { field: ['a=1', 'b=2'] } })
})

test('options and words are told apart, wherever they stand', () => {
  expect(parse('a', '--limit', '5', 'b', '--stuck')).toEqual({
    words: ['a', 'b'],
    options: { limit: '5', stuck: true },
    repeated: {},
  })
  expect(parse('--limit=-5')).toMatchObject({ words: [], options: { limit: '-5' } })
  expect(parse('--', '--stuck')).toMatchObject({ words: ['--stuck'], options: {} })
  expect(parse('-h').options).toEqual({ help: true })
})

test.each([
  ['an unknown option, naming the one that was meant', ['--stcuk'], /Unknown option --stcuk/, /--stuck/],
  ['a name of the prototype', ['--constructor'], /Unknown option/, /--help/],
  ['an unknown letter', ['-x'], /Unknown option -x/, /--help/],
  ['a missing value', ['--limit'], /lacks its value/, /--limit <n>/],
  ['another option where a value belongs', ['--limit', '--stuck'], /lacks its value/, /--limit <n>/],
  ['a value where none belongs', ['--stuck=yes'], /takes no value/, /=yes/],
])('%s is refused', (_, args, what, fix) => {
  const thrown = (() => {
    try {
      return parse(...args)
    } catch (error) {
      return error
    }
  })()
  expect(thrown).toBeInstanceOf(WrongUsage)
  expect(thrown).toMatchObject({ message: expect.stringMatching(what), fix: expect.stringMatching(fix) })
})

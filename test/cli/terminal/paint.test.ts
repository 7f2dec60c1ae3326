import { expect, test } from 'vitest'
import { makePaint, wantsColour } from '../../../src/cli/terminal/terminal.ts'

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
])('with %j and a terminal: %s, colour is %s', (environment, isTerminal, expected) => {
  expect(wantsColour({ environment, isTerminal })).toBe(expected)
})

test('paint colours, or leaves the text alone', () => {
  expect(makePaint(true).red('x')).toBe('\u001b[31mx\u001b[39m')
  expect(makePaint(false).red('x')).toBe('x')
})

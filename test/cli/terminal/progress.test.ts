import { expect, test } from 'vitest'
import { formatProgress } from '../../../src/cli/terminal/output.ts'

test('the bar fills up with the work', () => {
  expect(formatProgress({ label: 'Sending', done: 15, total: 30 })).toBe(
    `Sending ${'█'.repeat(15)}${'░'.repeat(15)} 50% 15/30`,
  )
  expect(formatProgress({ label: 'Sending', done: 0, total: 0 })).toContain('100%')
})

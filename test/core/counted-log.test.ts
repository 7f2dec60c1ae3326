import { expect, test } from 'vitest'
import { makeCountedLog } from '../../src/core/counted-log.ts'
import { silentLog } from '../../src/core/log.ts'

test('a failure that comes hundreds of times a second is told once a second, with how many were left out (attack 14)', () => {
  const said: Record<string, unknown>[] = []
  let now = 0
  const tell = makeCountedLog({
    log: { ...silentLog, error: (facts) => void said.push(facts) },
    clock: { now: () => new Date(now) },
    everySeconds: 1,
  })
  for (; now < 2000; now += 5) {
    tell('okta', { level: 'error', facts: { source: 'okta' }, message: 'Not journaled' })
    if (now % 1000 === 0) tell('lumos', { level: 'error', facts: { source: 'lumos' }, message: 'Not journaled' })
  }
  expect(said).toEqual([{ source: 'okta' }, { source: 'lumos' }, { source: 'okta', leftOut: 199 }, { source: 'lumos' }])
})

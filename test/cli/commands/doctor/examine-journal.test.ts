import { expect, test } from 'vitest'
import { checkSources } from '../../../../src/cli/commands/doctor/examine-journal.ts'

const ago = (minutes: number) => new Date(Date.UTC(2026, 4, 14, 8) - minutes * 60_000).toISOString()
const row = {
  id: 'okta',
  knownSince: ago(9999),
  heardAt: null,
  listingSince: null,
  comparedAt: null,
  fullLookAt: ago(9),
  fullAppliedAt: ago(9),
  now: ago(0),
}

test.each([
  ['resynced of late is well', { aliveAt: ago(0), resyncedTo: ago(20) }, ['ok']],
  ['not resynced for an hour is warned of', { aliveAt: ago(0), resyncedTo: ago(60) }, ['warning']],
  ['whose hub does not run is no matter of resync', { aliveAt: ago(5), resyncedTo: ago(60) }, []],
  ['never resynced, as when it is switched off, is not warned of', { aliveAt: ago(0), resyncedTo: null }, []],
])('a source %s', (_, times, statuses) => {
  expect(checkSources([{ ...row, ...times }]).map(({ status }) => status)).toEqual(statuses)
})

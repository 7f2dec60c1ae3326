import { expect, test } from 'vitest'
import { describeEntry } from '../../../src/cli/views/person-lines.ts'
import type { TimelineEntry } from '../../../src/operate/one-person.ts'

const when = { at: '2026-05-14T12:00:00.000Z', id: 'dlv_1' }
const attempt = { ...when, what: 'attempt', connector: 'auth0' } as const
const change = { ...when, what: 'change', connector: 'auth0', action: 'block', summary: 'Block auth0|1' } as const

const entries: [TimelineEntry, string, string | null][] = [
  [
    { ...when, what: 'event', type: 'user.lifecycle.deactivate', happenedAt: when.at, actor: null },
    'user.lifecycle.deactivate',
    'happened at 2026-05-14T12:00:00.000Z',
  ],
  [
    {
      ...{ ...when, what: 'event', type: 'user.lifecycle.suspend', happenedAt: when.at },
      actor: { id: '00uADMIN', login: 'ops@acme.test', name: 'Ops Robot' },
    },
    'user.lifecycle.suspend',
    'happened at 2026-05-14T12:00:00.000Z by Ops Robot (ops@acme.test, 00uADMIN)',
  ],
  [
    { ...attempt, outcome: 'retry', error: 'Auth0 answered 503', status: 'ACTIVE' },
    'auth0 retry',
    'Auth0 answered 503',
  ],
  [{ ...attempt, outcome: 'succeeded', error: null, status: 'ACTIVE' }, 'auth0 succeeded', 'authority says ACTIVE'],
  [{ ...attempt, outcome: 'succeeded', error: null, status: null }, 'auth0 succeeded', null],
  [{ ...change, result: 'done', error: null, note: null }, 'auth0 block done', 'Block auth0|1'],
  [{ ...change, result: 'failed', error: '503', note: 'a note' }, 'auth0 block failed', 'Block auth0|1: 503'],
  [{ ...change, result: 'done', error: null, note: 'a note' }, 'auth0 block done', 'Block auth0|1: a note'],
  [
    {
      ...{ ...when, what: 'order', kind: 'adopt', by: 'ann', reason: 'hired again' },
      facts: { connector: 'auth0', target: 'auth0|1' },
    },
    'auth0 adopt auth0|1',
    'ann: hired again',
  ],
  [{ ...when, what: 'owed', connector: 'auth0', target: 'auth0|1', action: 'revoke' }, 'auth0 revoke', 'auth0|1'],
]

test.each(entries)('%o is told as "%s"', (row, title, detail) => {
  expect(describeEntry(row)).toEqual({ title, detail })
})

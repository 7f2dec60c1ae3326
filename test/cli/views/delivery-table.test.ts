import { expect, test } from 'vitest'
import { makePaint } from '../../../src/cli/terminal/terminal.ts'
import { formatDeliveries } from '../../../src/cli/views/delivery-table.ts'
import type { ListedDelivery } from '../../../src/operate/deliveries.ts'

const now = new Date('2026-05-14T10:00:00Z')
const later = '2026-05-14T10:05:00.000Z'

const row: ListedDelivery = {
  ...{ id: 'dlv_01kd2v7w8e9mhx3k5c1r4t6y8z', status: 'pending', connector: 'auth0', kind: 'sync', direction: 'deny' },
  ...{ eventId: 'evt_1', eventType: 'user.lifecycle.deactivate', eventTime: now.toISOString(), person: 'per_1' },
  ...{ source: 'okta', authorityId: '00u1', authority: 'okta', login: 'lena.park@acme-demo.test', email: null },
  ...{ leasedUntil: null, attempts: 0, createdAt: '2026-05-13T09:00:00.000Z', settledAt: null, nextAttemptAt: later },
  ...{ collapsedInto: null, lastError: null, code: null, run: null },
} as ListedDelivery

const run = { id: 'dlv_2', attempts: 4, nextAttemptAt: later }

function format(rows: readonly ListedDelivery[], width = Number.POSITIVE_INFINITY): string[] {
  const terminal = {
    ...{ out: () => {}, note: () => {}, draw: () => {}, hide: () => {}, paint: makePaint(false) },
    ...{ width, canAsk: false, isDrawn: false },
  }
  return formatDeliveries(rows, { terminal, now })
}

function cellsOf(facts: Partial<ListedDelivery>): { tries: string; next: string } {
  const [, line = ''] = format([{ ...row, ...facts }])
  const [, next = '', tries = ''] = /auth0 +(.+?) {2,}\S*deactivate +(\d+)/.exec(line) ?? []
  return { tries, next }
}

test('a list is at most 100 columns wide, in a pipe too, and keeps the event, with the error below', () => {
  const error = 'Auth0 answered 503 to PATCH /api/v2/users, and it said so at length: '.repeat(4)
  const rows = [
    { ...row, attempts: 12, lastError: error },
    { ...row, status: 'contradicted' as const, collapsedInto: 'dlv_2', run },
  ]
  for (const width of [Number.POSITIVE_INFINITY, 160, 100]) {
    const lines = format(rows, width).slice(0, 4)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(lines[0]).toMatch(/^DELIVERY +STATUS +WHEN +WHO +TO +NEXT +EVENT/)
    expect(lines[1]).toMatch(/^dlv_01kd2v7w8e9mhx3k.*…\S*deactivate/)
    expect(lines[2]).toMatch(/^ {2}Auth0 answered 503 .*…$/)
  }
})

test.each([
  ['waits for its next try', { attempts: 3 }, { tries: '3', next: 'in 5 min' }],
  ['is due', { nextAttemptAt: now.toISOString() }, { tries: '0', next: 'due' }],
  ['is taken', { status: 'running' }, { tries: '0', next: 'taken' }],
  [
    'waits with the newer one whose run stands for it',
    { collapsedInto: 'dlv_2', nextAttemptAt: null, run },
    { tries: '4', next: 'in 5 min' },
  ],
  [
    'was done by the run of a newer one',
    { status: 'succeeded', collapsedInto: 'dlv_2', nextAttemptAt: null, run },
    { tries: '4', next: '-' },
  ],
  ['is done, and is looked at once more', { status: 'succeeded', attempts: 1 }, { tries: '1', next: 'look 5 min' }],
  ['is done', { status: 'succeeded', attempts: 1, nextAttemptAt: null }, { tries: '1', next: '-' }],
  ['may have landed, and is read back', { status: 'uncertain', attempts: 2 }, { tries: '2', next: 'in 5 min' }],
] satisfies [string, Partial<ListedDelivery>, object][])(
  'TRIES and NEXT are right for one that %s',
  (_what, facts, cells) => {
    expect(cellsOf(facts)).toEqual(cells)
  },
)

import { describe, expect, test } from 'vitest'
import { adviceOn } from '../../src/cli/advice.ts'
import { type DeliveryStatus, deliveryStatuses } from '../../src/core/outcome.ts'
import { defaultSchedule } from '../../src/core/schedule.ts'
import type { AttemptRow, DeliveryDetails } from '../../src/journal/deliveries.ts'

const now = new Date('2026-05-14T12:00:00.000Z')
const at = now.toISOString()

function delivery(facts: Partial<DeliveryDetails> = {}): DeliveryDetails {
  return {
    id: 'dlv_1',
    status: 'pending',
    connector: 'auth0',
    kind: 'sync',
    direction: 'deny',
    eventId: 'evt_1',
    eventType: 'user.lifecycle.deactivate',
    eventTime: at,
    person: 'per_1',
    source: 'okta',
    authorityId: '00u1',
    login: 'lena@acme.test',
    attempts: 0,
    createdAt: at,
    settledAt: null,
    nextAttemptAt: at,
    collapsedInto: null,
    lastError: null,
    inline: null,
    event: { id: 'evt_1', type: 'x', time: at, receivedAt: at, requestId: null, trusted: true, data: null },
    tries: [],
    ...facts,
  }
}

function attempt(facts: Partial<AttemptRow> = {}): AttemptRow {
  const empty = { error: null, state: null, changes: [], conflicts: [], answer: null }
  return {
    id: 'att_1',
    number: 1,
    trigger: 'scheduled',
    startedAt: at,
    durationMs: 5,
    outcome: 'held',
    ...empty,
    ...facts,
  }
}

const advise = (facts: Partial<DeliveryDetails>) => adviceOn({ delivery: delivery(facts), paused: [], now })

describe('advice on one delivery', () => {
  test.each(deliveryStatuses)('%s is explained in a sentence', (status: DeliveryStatus) => {
    expect(advise({ status, attempts: 1 }).why).toMatch(/^(It|The|auth0).{15,}/)
  })

  test('never offers to replay what is superseded', () => {
    const advice = advise({ status: 'superseded' })
    expect(advice.next).toEqual([])
    expect(advice.why).toContain('Not even a replay')
  })

  test('names the paused connector before anything else', () => {
    const paused = [{ id: 'okta', pausedSince: at, pausedUntil: at, reason: 'Okta answered 401' }]
    const { why, next } = adviceOn({ delivery: delivery({ attempts: 30 }), paused, now })
    expect(why).toContain('okta is paused: Okta answered 401')
    expect(next.join(' ')).toContain('by itself')
  })

  test('calls work stuck when the waits of the schedule are used up, and not before', () => {
    const last = defaultSchedule.waitsSeconds.length
    expect(advise({ attempts: last }).why).not.toContain('stuck')
    expect(advise({ attempts: last + 1 }).why).toContain('stuck')
  })

  test('suspects that no hub runs when due work is not taken', () => {
    expect(advise({ nextAttemptAt: '2026-05-14T11:59:00.000Z' }).next.join(' ')).toContain('doctor')
    expect(advise({}).why).toBe('It waits for its turn.')
  })

  test('says that a read may have come too early', () => {
    expect(advise({ attempts: 1, tries: [attempt({ outcome: 'too_early' })] }).why).toContain('asked again')
  })

  test('tells a conflict from an unknown person from an unknown status', () => {
    const state = { authorityId: '00u1', status: 'X', access: 'unknown' as const, statusChangedAt: null }
    const known = { ...state, emails: [], logins: [], readAt: at }
    const conflicts = [{ target: 'auth0|1', reason: 'shared e-mail' }]
    const about = (facts: Partial<AttemptRow>) => advise({ status: 'held', tries: [attempt(facts)] }).next.join(' ')
    expect(about({ state: known, conflicts })).toContain('conflict')
    expect(about({})).toContain('right org')
    expect(about({ state: known })).toContain('OKTA_DENY_STATUSES')
  })
})

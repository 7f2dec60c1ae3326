import { describe, expect, test } from 'vitest'
import { formatLocalTime } from '../../../src/cli/terminal/text.ts'
import { adviseOn } from '../../../src/cli/views/advice.ts'
import { type DeliveryStatus, deliveryStatuses } from '../../../src/core/outcome.ts'
import { defaultSchedule } from '../../../src/core/schedule.ts'
import type { AttemptRow, DeliveryDetails } from '../../../src/journal/records/deliveries.ts'

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
    authority: 'okta',
    login: 'lena@acme.test',
    email: null,
    leasedUntil: null,
    attempts: 0,
    createdAt: at,
    settledAt: null,
    nextAttemptAt: at,
    collapsedInto: null,
    lastError: null,
    code: null,
    inline: null,
    event: {
      id: 'evt_1',
      type: 'x',
      time: at,
      receivedAt: at,
      requestId: null,
      traceId: null,
      trusted: true,
      data: null,
    },
    tries: [],
    ...facts,
  }
}

function attempt(facts: Partial<AttemptRow> = {}): AttemptRow {
  const empty = { error: null, state: null, changes: [], conflicts: [], answer: null, calls: null, stack: null }
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

const advise = (facts: Partial<DeliveryDetails>) => adviseOn({ delivery: delivery(facts), paused: [], now })

describe('advice on one delivery', () => {
  test.each(deliveryStatuses)('%s is explained in a sentence', (status: DeliveryStatus) => {
    expect(advise({ status, attempts: 1 }).why).toMatch(/^(It|The|auth0).{15,}/)
  })

  test('says of what the hub reads for itself what was done, and what to do by hand, and nothing of a target', () => {
    expect(advise({ connector: 'hub', status: 'succeeded' }).why).toMatch(/the person was read, and .* tokens/)
    const open = advise({ connector: 'hub', attempts: 30, lastError: 'no answer' })
    expect(open.next.join()).toContain('revoke the tokens of the person')
    expect(open.next.join()).not.toContain('at the target')
    expect(advise({ attempts: 30 }).next.join()).toContain('lock the person out by hand at the target')
  })

  test('never offers to replay what is superseded', () => {
    const advice = advise({ status: 'superseded' })
    expect(advice.next).toEqual([])
    expect(advice.why).toContain('Not even a replay')
  })

  test('counts one try as one', () => {
    expect(advise({ attempts: 1 }).why).toContain('It was tried 1 time.')
    expect(advise({ status: 'failed', attempts: 1 }).why).toContain('after 1 try.')
  })

  test('claims of a leased delivery only until when it is leased', () => {
    const leasedUntil = new Date(now.getTime() + 20_000).toISOString()
    const { why } = advise({ status: 'running', leasedUntil })
    expect(why).toContain(`until ${formatLocalTime(leasedUntil, now)}`)
    expect(why).not.toContain('being worked on')
  })

  test('names the paused connector before anything else', () => {
    const paused = [{ id: 'okta', pausedSince: at, pausedUntil: at, reason: 'Okta answered 401' }]
    const { why, next } = adviseOn({ delivery: delivery({ attempts: 30 }), paused, now })
    expect(why).toContain('okta is paused: Okta answered 401')
    expect(next.join(' ')).toContain('by itself')
  })

  test('says that work does not get on when the waits of the schedule are used up, and not before', () => {
    const last = defaultSchedule.waitsSeconds.length
    expect(advise({ attempts: last }).why).not.toContain('does not get on')
    expect(advise({ attempts: last + 1 }).why).toContain('does not get on')
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

describe('the advice on an inline hook', () => {
  const asked = {
    ...{ source: 'lumos', authority: 'okta', receivedAt: at, until: null, whole: false, endsAccess: true },
    subject: { email: 'lena@acme.test', givenName: null, familyName: null },
    application: { id: 'crm', instanceId: null, label: 'CRM' },
    permissions: [{ value: 'billing', label: 'Billing', source: '', target: 'role:1' }],
    accessLengthSeconds: null,
    comment: null,
    taskUrl: null,
    fields: null,
  }
  const inline = { asked, answer: null, begunAt: at, isEnd: false }
  const later = '2026-05-14T12:00:30.000Z'

  test('leaves an uncertain grant to the hub while that looks again, and to an operator when it cannot', () => {
    const grant = { inline, kind: 'provision', status: 'uncertain', lastError: 'It may have landed.' } as const
    expect(advise({ ...grant, nextAttemptAt: later })).toMatchObject({ next: [] })
    expect(advise({ ...grant, nextAttemptAt: later }).why).toContain('read back until that is known')
    expect(advise({ ...grant, nextAttemptAt: null }).next.join(' ')).toContain('Look at auth0 itself')
  })

  test('does not promise that a grant which waits at a paused connector comes later', () => {
    const paused = [{ id: 'auth0', pausedSince: at, pausedUntil: at, reason: 'Auth0 answered 401' }]
    const { why } = adviseOn({ delivery: delivery({ inline, kind: 'provision' }), paused, now })
    expect(why).toContain('it never happens')
    expect(why).not.toContain('all of its work waits')
  })

  test('never tells to replay a grant', () => {
    for (const status of ['pending', 'running', 'succeeded', 'failed', 'superseded', 'uncertain'] as const) {
      const { next } = advise({ inline, kind: 'provision', status, attempts: 30, nextAttemptAt: later })
      expect(next.join(' ')).not.toContain('-- replay')
    }
  })

  test('sends nobody back to the platform for a grant that was answered from the record', () => {
    const late = { inline, kind: 'provision', status: 'superseded' } as const
    expect(advise({ ...late, code: 'answered_again', lastError: 'Answered again: dlv_0 did it.' }).next).toEqual([])
    expect(advise({ ...late, code: 'denied', lastError: 'The person is locked out.' }).next.join(' ')).toContain(
      'asked for again',
    )
  })

  test('tells of a stuck revoke to take the access away by hand, not to lock the person out', () => {
    const stuck = { inline, kind: 'deprovision' as const, attempts: defaultSchedule.waitsSeconds.length + 1 }
    const { why, next } = advise(stuck)
    expect(why).toContain('Taking access away never ends by itself')
    expect(next.join(' ')).toContain('take the access away by hand')
    expect(next.join(' ')).not.toContain('lock the person out')
  })
})

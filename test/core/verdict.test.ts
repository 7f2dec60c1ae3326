import { expect, test } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import { defaultSchedule } from '../../src/core/schedule.ts'
import { type VerdictQuestion, verdict } from '../../src/core/verdict.ts'

const fresh = { status: 'pending' as const, attempts: 0, rechecks: 0, ageSeconds: 0 }

function judge(outcome: Outcome, rest: Partial<VerdictQuestion> = {}) {
  return verdict({
    outcome,
    schedule: defaultSchedule,
    delivery: fresh,
    deny: true,
    planAgainAfterSeconds: null,
    random: 0.5,
    ...rest,
  })
}

test('a permanent error ends a grant but never deny work', () => {
  const outcome = { kind: 'permanent', error: 'no such user' } as const
  expect(judge(outcome, { deny: false })).toMatchObject({ status: 'failed', waitSeconds: null })
  expect(judge(outcome)).toMatchObject({ status: 'pending', waitSeconds: 1 })
})

test('a refused credential uses nothing up and asks for an operator', () => {
  const outcome = { kind: 'credential', error: 'invalid_client', connector: 'auth0' } as const
  expect(judge(outcome)).toMatchObject({
    status: 'pending',
    attempts: 0,
    waitSeconds: 0,
    alert: 'hub.alert.connector_paused',
  })
})

test('what is owed while the hub observes comes back late, uses nothing up and wakes nobody', () => {
  const tried = { ...fresh, attempts: 20 }
  expect(judge({ kind: 'observing', error: '', code: 'observing' }, { delivery: tried })).toMatchObject({
    status: 'pending',
    attempts: 20,
    waitSeconds: defaultSchedule.denyIntervalSeconds,
    alert: null,
  })
})

test('another run at the same user is waited for without an attempt', () => {
  expect(judge({ kind: 'busy', error: '' })).toMatchObject({
    status: 'pending',
    attempts: 0,
    waitSeconds: 1,
    alert: null,
  })
})

test('a denial that cannot be read back is read three times more, then stands as contradicted', () => {
  const seen = [0, 1, 2].map((rechecks) => judge({ kind: 'too_early', error: '', rechecks }))
  const last = judge({ kind: 'contradicted', error: '', rechecks: 3 })
  expect([...seen, last].map((one) => one.waitSeconds)).toEqual([5, 60, 600, null])
  expect([...seen, last].map((one) => one.rechecks)).toEqual([1, 2, 3, 3])
  expect(seen.map((one) => [one.status, one.alert])).toEqual(Array(3).fill(['pending', null]))
  expect(last).toMatchObject({ status: 'contradicted', alert: 'hub.alert.contradicted' })
})

test('a contradiction is looked at once more where a lost write may still land, and stays one if nothing else is found', () => {
  const outcome = { kind: 'contradicted', error: '', rechecks: 3 } as const
  expect(judge(outcome, { planAgainAfterSeconds: 30 })).toMatchObject({ status: 'contradicted', waitSeconds: 30 })
  const again = { delivery: { ...fresh, status: 'contradicted' as const, rechecks: 3 } }
  expect(judge({ kind: 'succeeded' }, { ...again, deny: false }).status).toBe('contradicted')
  expect(judge({ kind: 'succeeded' }, again).status).toBe('succeeded')
})

test('a person without an Auth0 user is looked for after a minute and after a day', () => {
  const first = judge({ kind: 'no_match' })
  const second = judge({ kind: 'no_match' }, { delivery: { ...fresh, status: 'no_match', rechecks: 1 } })
  const third = judge({ kind: 'no_match' }, { delivery: { ...fresh, status: 'no_match', rechecks: 2 } })
  expect([first, second, third].map((one) => one.waitSeconds)).toEqual([60, 86_400, null])
  expect(third.status).toBe('no_match')
})

test('rereads of a contradiction do not shorten the search for a missing user', () => {
  expect(judge({ kind: 'no_match' }, { delivery: { ...fresh, rechecks: 2 } }).waitSeconds).toBe(60)
})

test('a missing right leaves the work owed and alerts', () => {
  expect(judge({ kind: 'missing_right', error: 'insufficient_scope' })).toMatchObject({
    status: 'pending',
    waitSeconds: 1,
    alert: 'hub.alert.missing_right',
  })
})

test('a lane taken over from a stalled worker is planned once more after a lease', () => {
  expect(judge({ kind: 'succeeded' }, { planAgainAfterSeconds: 30 })).toMatchObject({
    status: 'succeeded',
    waitSeconds: 30,
  })
})

test('a conflict in a lane taken over from a stalled worker is looked at once more after a lease', () => {
  const outcome = { kind: 'held', error: 'shared', code: 'conflict' } as const
  expect(judge(outcome, { planAgainAfterSeconds: 30 })).toMatchObject({ status: 'held', waitSeconds: 30 })
  expect(judge(outcome)).toMatchObject({ status: 'held', waitSeconds: null })
})

test('a denied person is searched for again after a minute and after a day, though users were found (case 13)', () => {
  const outcome = { kind: 'succeeded' } as const
  const first = judge(outcome, { searchesAgain: true })
  expect(first).toMatchObject({ status: 'succeeded', waitSeconds: 60, attempts: 1 })
  const second = judge(outcome, { searchesAgain: true, delivery: { ...fresh, ...first } })
  expect(second).toMatchObject({ status: 'succeeded', waitSeconds: 24 * 3600, attempts: 1 })
  const third = judge(outcome, { searchesAgain: true, delivery: { ...fresh, ...second } })
  expect(third).toMatchObject({ status: 'succeeded', waitSeconds: null, attempts: 1 })
})

test('a conflict, and nobody found, are searched for again likewise (case 13)', () => {
  const held = judge({ kind: 'held', error: '', code: 'conflict' }, { searchesAgain: true })
  expect(held).toMatchObject({ status: 'held', waitSeconds: 60 })
  const none = judge({ kind: 'no_match' }, { searchesAgain: true })
  expect(none).toMatchObject({ status: 'no_match', waitSeconds: 60 })
})

test('people let in, what the brake stopped and what was superseded are not searched for again (case 13)', () => {
  expect(judge({ kind: 'succeeded' }).waitSeconds).toBeNull()
  expect(judge({ kind: 'held', error: '', code: 'brake' }, { searchesAgain: true }).waitSeconds).toBeNull()
  const superseded = { kind: 'superseded', error: '', code: 'cancelled' } as const
  expect(judge(superseded, { searchesAgain: true }).waitSeconds).toBeNull()
})

test('what may still be written late is looked for before the first search (case 13)', () => {
  const first = judge({ kind: 'succeeded' }, { searchesAgain: true, planAgainAfterSeconds: 30 })
  expect(first).toMatchObject({ waitSeconds: 30, rechecks: 0 })
  const next = judge({ kind: 'succeeded' }, { searchesAgain: true, delivery: { ...fresh, ...first } })
  expect(next).toMatchObject({ waitSeconds: 60, rechecks: 1 })
})

test('a part that the vendor refused is alerted and tried again (case 17)', () => {
  const outcome = { kind: 'retry', error: 'no room', partly: true } as const
  expect(judge(outcome)).toMatchObject({ status: 'pending', waitSeconds: 1, alert: 'hub.alert.partly_written' })
})

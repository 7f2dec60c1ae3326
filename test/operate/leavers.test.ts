import { describe, expect, test } from 'vitest'
import type { HeardNews, OpenDebt, PersonHistory, TriedRun } from '../../src/core/person-history.ts'
import { findLeavings, measureLockouts } from '../../src/operate/leavers.ts'

/** Seconds after the beginning of the story. */
const at = (seconds: number) => new Date(Date.UTC(2026, 4, 14, 8, 0, 0) + seconds * 1000).toISOString()

function heard(facts: Partial<HeardNews> & { left: number; known: number }): HeardNews {
  const { left, known, ...rest } = facts
  return {
    delivery: `dlv_${known}`,
    type: 'user.lifecycle.deactivate',
    time: at(left),
    receivedAt: at(known),
    hint: 'deny',
    status: 'succeeded',
    code: null,
    collapsed: false,
    error: null,
    nextAttemptAt: null,
    actor: null,
    ...rest,
  }
}

const lock = {
  direction: 'deny',
  action: 'deny',
  target: 'auth0|1',
  summary: '',
  result: 'done',
  durationMs: 1,
} as const
const revoke = { ...lock, action: 'revoke_access', owed: true } as const

function ran(facts: Partial<TriedRun> & { from: number; to: number; access: 'deny' | 'allow' | null }): TriedRun {
  const { from, to, access, ...rest } = facts
  const status = access === 'deny' ? 'DEPROVISIONED' : 'ACTIVE'
  return {
    delivery: 'dlv_1',
    type: 'user.lifecycle.deactivate',
    startedAt: at(from),
    endedAt: at(to),
    outcome: 'succeeded',
    error: null,
    state: access === null ? null : { status, access, statusChangedAt: at(0) },
    changes: [],
    conflicts: [],
    ...rest,
  }
}

function history(news: HeardNews[], runs: TriedRun[], debts: OpenDebt[] = []): PersonHistory {
  return {
    person: 'per_1',
    source: 'okta',
    authorityId: '00u1',
    login: 'l@acme.test',
    connector: 'auth0',
    news,
    runs,
    debts,
    standing: {
      ...{ access: runs.at(-1)?.state?.access ?? null, hold: null, observing: false, pausedBy: null, contested: false },
      ...{ exceptedUntil: null, isProtected: false, seenAt: null, others: [], conflicts: runs.at(-1)?.conflicts ?? [] },
      links: runs.length > 0 ? [{ target: 'auth0|1', seenAt: at(1_000_000) }] : [],
    },
  }
}

describe('a leaving', () => {
  test('runs from when it happened to when the lockout was read back', () => {
    const run = ran({ from: 2, to: 3, access: 'deny', changes: [lock, revoke] })
    expect(findLeavings(history([heard({ left: 0, known: 1 })], [run]))).toEqual([
      {
        person: 'per_1',
        source: 'okta',
        authorityId: '00u1',
        login: 'l@acme.test',
        connector: 'auth0',
        status: 'DEPROVISIONED',
        leftAt: at(0),
        knownAt: at(1),
        knownBy: 'user.lifecycle.deactivate',
        actedBy: null,
        standing: 'shut',
        heldAt: at(3),
        secondsToLockout: 3,
        users: 1,
        revokedAt: at(3),
        revocation: 'revoked',
        revocationNote: null,
        attempts: 1,
        exception: null,
        detail: null,
      },
    ])
  })

  test('counts from the authority’s own time when no hook told of it', () => {
    const resync = heard({ left: 60, known: 60, type: 'hub.resync', hint: 'neutral', delivery: 'dlv_r' })
    const run = ran({ from: 61, to: 62, access: 'deny', delivery: 'dlv_r' })
    expect(findLeavings(history([resync], [run]))).toMatchObject([
      { leftAt: at(0), knownAt: at(60), knownBy: 'hub.resync', secondsToLockout: 62 },
    ])
  })

  test('is not measured by a hook that came after the lockout', () => {
    const news = [
      heard({ left: 60, known: 60, type: 'hub.resync', hint: 'neutral', delivery: 'dlv_r' }),
      heard({ left: 0, known: 90 }),
    ]
    const runs = [
      ran({ from: 61, to: 62, access: 'deny', delivery: 'dlv_r' }),
      ran({ from: 91, to: 92, access: 'deny' }),
    ]
    expect(findLeavings(history(news, runs))).toMatchObject([{ knownBy: 'hub.resync', heldAt: at(62) }])
  })

  test('is one with a later deactivation, and another after a return', () => {
    const news = [heard({ left: 0, known: 1 }), heard({ left: 100, known: 101 }), heard({ left: 300, known: 301 })]
    const denials = [1, 101, 301].map((from) => ran({ from, to: from + 1, access: 'deny' }))
    const back = ran({ from: 200, to: 201, access: 'allow' })
    expect(findLeavings(history(news, [...denials, back]))).toMatchObject([
      { leftAt: at(0), heldAt: at(2), exception: null },
      { leftAt: at(300), heldAt: at(302) },
    ])
  })

  test('is not ended by a read that came too early', () => {
    const early = ran({ from: 2, to: 3, access: 'allow', outcome: 'too_early' })
    const runs = [early, ran({ from: 8, to: 9, access: 'deny' })]
    expect(findLeavings(history([heard({ left: 0, known: 1 })], runs))).toMatchObject([{ heldAt: at(9), attempts: 2 }])
  })

  test('ends with the return that a contradicted denial held back', () => {
    const news = [heard({ left: 0, known: 1 }), heard({ left: 100, known: 101, status: 'contradicted' })]
    const runs = [
      ran({ from: 1, to: 2, access: 'deny' }),
      ran({ from: 101, to: 102, access: 'allow', outcome: 'too_early' }),
      ran({ from: 110, to: 111, access: 'allow', outcome: 'contradicted' }),
      ran({ from: 300, to: 301, access: 'deny' }),
    ]
    expect(findLeavings(history([...news, heard({ left: 299, known: 300 })], runs))).toMatchObject([
      { leftAt: at(0), heldAt: at(2), exception: null },
      { leftAt: at(299), heldAt: at(301), exception: null },
    ])
  })

  test('holds although sessions could not be ended, and says that these are owed', () => {
    const failed = { ...revoke, result: 'failed', error: 'no right' } as const
    const run = ran({ from: 2, to: 3, access: 'deny', outcome: 'missing_right', changes: [lock, failed] })
    const debts = [{ target: 'auth0|1', since: at(2) }]
    expect(findLeavings(history([heard({ left: 0, known: 1, status: 'pending' })], [run], debts))).toMatchObject([
      { heldAt: at(3), revocation: 'owed', revokedAt: null, revocationNote: 'no right', exception: null },
    ])
  })

  test('does not hold when the right to lock is what is missing', () => {
    const run = ran({
      from: 2,
      to: 3,
      access: 'deny',
      outcome: 'missing_right',
      changes: [{ ...lock, result: 'failed' }],
    })
    expect(findLeavings(history([heard({ left: 0, known: 1, status: 'pending', error: 'no' })], [run]))).toMatchObject([
      { heldAt: null, secondsToLockout: null, users: 0, exception: 'refused', standing: 'refused' },
    ])
  })

  test('was logged out when that was first done, and not when it was done once more to be sure', () => {
    const again = [lock, revoke].map((change) => ({ ...change, renews: true }))
    const news = [heard({ left: 0, known: 1 }), heard({ left: 100, known: 101 })]
    const runs = [
      ran({ from: 2, to: 3, access: 'deny', changes: [lock, revoke] }),
      ran({ from: 102, to: 103, access: 'deny', changes: again }),
    ]
    expect(findLeavings(history(news, runs))).toMatchObject([{ revocation: 'revoked', revokedAt: at(3), users: 1 }])
    const back = ran({ from: 50, to: 51, access: 'allow' })
    expect(findLeavings(history(news, [...runs, back]))).toMatchObject([{ revokedAt: at(3) }, { revokedAt: at(103) }])
  })

  test('says when a plan of the vendor’s ended only some of it', () => {
    const run = ran({ from: 2, to: 3, access: 'deny', changes: [lock, { ...revoke, note: 'sessions were not ended' }] })
    expect(findLeavings(history([heard({ left: 0, known: 1 })], [run]))).toMatchObject([
      { revocation: 'in part', revocationNote: 'sessions were not ended' },
    ])
  })

  test.each(['held', 'contradicted', 'no_match', 'pending', 'failed'] as const)(
    'whose delivery is %s and of which no try is known is an exception',
    (status) => {
      const news = [heard({ left: 0, known: 1, status, error: 'why' })]
      expect(findLeavings(history(news, []))).toMatchObject([
        { heldAt: null, exception: 'not tried', detail: expect.stringContaining('why') },
      ])
    },
  )

  test('with a conflict is an exception though the rest was locked', () => {
    const conflicts = [{ target: 'auth0|2', reason: 'somebody else has this e-mail' }]
    const run = ran({ from: 2, to: 3, access: 'deny', outcome: 'held', changes: [lock], conflicts })
    expect(findLeavings(history([heard({ left: 0, known: 1, status: 'held' })], [run]))).toMatchObject([
      { exception: 'conflict', detail: expect.stringContaining('auth0|2: somebody else has this e-mail'), users: 1 },
    ])
  })

  test('tells who acted, and counts the tries until it was done, and no later look', () => {
    const actor = { id: '00uADMIN', displayName: 'Ops Robot', alternateId: 'ops@acme.test' }
    const news = [
      heard({ left: 0, known: 1, actor }),
      heard({ left: 900, known: 900, type: 'hub.resync', hint: 'neutral' }),
    ]
    const runs = [
      ran({ from: 2, to: 3, access: 'deny', outcome: 'retry', changes: [{ ...lock, result: 'failed' }] }),
      ran({ from: 4, to: 5, access: 'deny', changes: [lock, revoke] }),
      ran({ from: 900, to: 901, access: 'deny', type: 'hub.resync' }),
      ran({ from: 1800, to: 1801, access: 'deny', type: 'hub.verify.ids' }),
    ]
    expect(findLeavings(history(news, runs))).toMatchObject([
      { attempts: 2, actedBy: { name: 'Ops Robot', login: 'ops@acme.test' }, heldAt: at(5), exception: null },
    ])
  })

  test('of whom no user was found was never shut, though a later look ended well', () => {
    const runs = [
      ran({ from: 2, to: 3, access: 'deny', outcome: 'no_match' }),
      ran({ from: 900, to: 901, access: 'deny', type: 'hub.verify.ids' }),
    ]
    const told = history([heard({ left: 0, known: 1, status: 'no_match' })], runs)
    expect(findLeavings({ ...told, standing: { ...told.standing, links: [] } })).toMatchObject([
      { heldAt: null, exception: 'no match' },
    ])
  })

  test('that was over before it was looked at says so', () => {
    const back = ran({ from: 2, to: 3, access: 'allow' })
    expect(findLeavings(history([heard({ left: 0, known: 1 })], [back]))).toMatchObject([
      { heldAt: null, exception: 'allowed again' },
    ])
  })

  test('is not there for who only changed', () => {
    const news = [heard({ left: 0, known: 1, hint: 'neutral' })]
    expect(findLeavings(history(news, [ran({ from: 2, to: 3, access: 'allow' })]))).toEqual([])
  })
})

describe('times to lockout', () => {
  test('are ranks of what was measured, those never locked out left aside', () => {
    const measured = Array.from({ length: 100 }, (_, i) => ({ secondsToLockout: 100 - i }))
    expect(measureLockouts([...measured, { secondsToLockout: null }])).toEqual({
      leavers: 101,
      held: 100,
      p50: 50,
      p95: 95,
      p99: 99,
    })
  })

  test('of nobody are unknown', () => {
    expect(measureLockouts([])).toEqual({ leavers: 0, held: 0, p50: null, p95: null, p99: null })
  })
})

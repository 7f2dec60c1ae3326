import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptOutcome, ChangeRecord } from '../../src/core/outcome.ts'
import type { PersonHistory, StandingFacts } from '../../src/core/person-history.ts'
import { claims, judgeStanding, standingWords } from '../../src/operate/standing.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 4, 14, 8, 0, 0) + seconds * 1000).toISOString()
const target = 'auth0|1'

const nothing: StandingFacts = {
  ...{ access: 'deny', hold: null, observing: false, pausedBy: null, contested: false, exceptedUntil: null },
  ...{ isProtected: false, seenAt: null, links: [{ target, seenAt: at(20) }], others: [], conflicts: [] },
}

type Story = {
  outcome: AttemptOutcome
  access: 'deny' | 'allow' | 'unchanged' | null
  vital: ChangeRecord['result'] | null
  revoke: ChangeRecord['result'] | null
  type: string
  pending: boolean
  error: string | null
  conflicts: boolean
  debt: boolean
}

const done: Story = {
  ...{ outcome: 'succeeded', access: 'deny', vital: 'done', revoke: 'done', type: 'user.lifecycle.deactivate' },
  ...{ pending: false, error: null, conflicts: false, debt: false },
}

function tell(story: Partial<Story>, facts: Partial<StandingFacts> = {}): PersonHistory {
  const { outcome, access, vital, revoke, type, pending, error, conflicts, debt } = { ...done, ...story }
  const change = { direction: 'deny', target, summary: 's', durationMs: 1 } as const
  const found = conflicts ? [{ target: 'auth0|2', reason: 'may be somebody else’s' }] : []
  return {
    ...{ person: 'per_1', source: 'okta', authorityId: '00u1', login: null, connector: 'auth0' },
    news: [
      {
        ...{ delivery: 'dlv_1', type, time: at(0), receivedAt: at(1), hint: 'deny', collapsed: false, code: null },
        ...{ status: pending ? 'pending' : 'succeeded', error, nextAttemptAt: null, actor: null },
      },
    ],
    runs: [
      {
        ...{ delivery: 'dlv_1', type, startedAt: at(10), endedAt: at(12), outcome, error, conflicts: found },
        state: access === null ? null : { status: 'X', access, statusChangedAt: at(0) },
        changes: [
          ...(vital === null ? [] : [{ ...change, action: 'deny', result: vital }]),
          ...(revoke === null ? [] : [{ ...change, action: 'revoke_access', owed: true, result: revoke }]),
        ],
      },
    ],
    debts: debt ? [{ target, since: at(11) }] : [],
    standing: { ...nothing, access: access ?? 'deny', conflicts: found, ...facts },
  }
}

const hold = (why: 'brake' | 'protected', order: 'release' | 'cancel' | null) => ({
  hold: { why, order, by: order && 'ann', reason: order && 'so' },
})

describe('how a person stands at a connector', () => {
  test.each<[string, Partial<Story>, Partial<StandingFacts>]>([
    ['shut', {}, {}],
    ['shut', { type: 'hub.verify.ids', vital: null, revoke: null }, {}],
    ['owed', { outcome: 'missing_right', revoke: 'failed', pending: true, debt: true }, {}],
    ['refused', { outcome: 'missing_right', vital: 'failed', revoke: null, pending: true }, {}],
    ['refused', { outcome: 'permanent', vital: 'failed', revoke: null, pending: true }, {}],
    ['failing', { outcome: 'retry', vital: 'failed', pending: true, error: '503' }, {}],
    ['failing', { outcome: 'retry', vital: 'done', pending: true, error: 'Read back, it is not as written' }, {}],
    ['paused', { outcome: 'credential', vital: null, pending: true, error: '401' }, { pausedBy: 'auth0' }],
    ['held', { outcome: 'held', vital: null, revoke: null }, hold('brake', null)],
    ['protected', { outcome: 'held', vital: null, revoke: null }, hold('protected', null)],
    ['cancelled', { outcome: 'superseded', vital: null, revoke: null }, hold('brake', 'cancel')],
    ['released', { outcome: 'held', vital: null, revoke: null }, hold('brake', 'release')],
    ['conflict', { outcome: 'held', conflicts: true }, {}],
    ['observing', { outcome: 'observed', vital: 'observed', revoke: 'observed' }, { observing: true }],
    ['no_match', { outcome: 'no_match', vital: null, revoke: null }, { links: [] }],
    // A look by ids of a person without any ends well, and has seen nothing.
    ['nothing_there', { type: 'hub.verify.ids', vital: null, revoke: null }, { links: [] }],
    // A look at grants alone has not seen the person's users.
    ['not_tried', { type: 'hub.verify.grants', vital: null, revoke: null }, {}],
    ['flag_only', {}, { contested: true }],
    ['excepted', {}, { exceptedUntil: at(9999) }],
    ['others', {}, { others: [{ target, person: 'per_2' }] }],
    ['too_early', { outcome: 'too_early', access: 'allow', vital: null, revoke: null, pending: true }, {}],
    ['contradicted', { outcome: 'contradicted', access: 'allow', vital: null, revoke: null }, {}],
    ['undecided', { outcome: 'succeeded', access: 'unchanged', vital: null, revoke: null }, {}],
    ['let_in', { access: 'allow', vital: null, revoke: null }, {}],
  ])('is %s', (code, story, facts) => {
    expect(judgeStanding(tell(story, facts))).toMatchObject({ code })
  })

  test('has words of its own for each state, and one that waits for its first try has been read back never', () => {
    expect(new Set(Object.values(standingWords)).size).toBe(Object.keys(standingWords).length)
    const untried = { ...tell({ pending: true }), runs: [] }
    expect(judgeStanding(untried)).toMatchObject({ code: 'not_tried', readAt: null })
  })

  test('says shut in no words but those of what was read back', () => {
    for (const [code, words] of Object.entries(standingWords)) {
      expect(/^shut/.test(words)).toBe([...claims].some((claim) => claim === code))
    }
  })

  test('claims no more than what was read back, whatever else stands', () => {
    const outcomes: AttemptOutcome[] = [
      ...(['succeeded', 'retry', 'permanent', 'credential', 'missing_right', 'held', 'too_early'] as const),
      ...(['contradicted', 'no_match', 'observed', 'observing', 'superseded', 'uncertain', 'paused'] as const),
    ]
    const result = fc.constantFrom('done' as const, 'failed' as const, 'observed' as const, null)
    const story = fc.record({
      outcome: fc.constantFrom(...outcomes),
      access: fc.constantFrom('deny' as const, 'allow' as const, 'unchanged' as const, null),
      ...{ vital: result, revoke: result, pending: fc.boolean(), conflicts: fc.boolean(), debt: fc.boolean() },
      type: fc.constantFrom('user.lifecycle.deactivate', 'hub.resync', 'hub.verify.ids', 'hub.verify.grants'),
      error: fc.constantFrom(null, '503'),
    })
    const facts = fc.record({
      hold: fc.constantFrom(
        null,
        ...(['brake', 'protected'] as const).flatMap((why) =>
          ([null, 'release', 'cancel'] as const).map((order) => hold(why, order).hold),
        ),
      ),
      ...{ observing: fc.boolean(), contested: fc.boolean(), isProtected: fc.boolean() },
      pausedBy: fc.constantFrom(null, 'auth0', 'okta'),
      exceptedUntil: fc.constantFrom(null, at(9999)),
      links: fc.subarray(
        [
          { target, seenAt: at(5) },
          { target, seenAt: at(20) },
        ],
        { maxLength: 1 },
      ),
      others: fc.subarray([{ target, person: 'per_2' }]),
    })
    fc.assert(
      fc.property(story, facts, (told, stands) => {
        const standing = judgeStanding(tell(told, stands))
        const { outcome, access, vital, revoke, type } = told
        const isRead =
          ['succeeded', 'contradicted', 'held', 'missing_right'].includes(outcome) &&
          (outcome !== 'missing_right' || revoke === 'failed') &&
          access === 'deny' &&
          (vital === null || vital === 'done') &&
          type !== 'hub.verify.grants'
        const hinders =
          stands.hold !== null ||
          stands.observing ||
          stands.contested ||
          stands.exceptedUntil !== null ||
          stands.others.length > 0 ||
          told.conflicts
        const isKnown = vital === 'done' || stands.links.some(({ seenAt }) => seenAt === at(20))
        if (claims.has(standing.code)) {
          expect({ isRead, hinders, isKnown }).toEqual({ isRead: true, hinders: false, isKnown: true })
        }
        for (const one of standing.targets.filter(({ code }) => claims.has(code))) {
          expect(one.readAt).not.toBeNull()
          expect(isRead && !stands.contested && stands.exceptedUntil === null && stands.others.length === 0).toBe(true)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

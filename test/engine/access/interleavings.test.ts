import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR } from '../../support/stage.ts'

/** `INTERLEAVINGS=200 npx vitest run` for a longer look. */
const runs = Number(process.env.INTERLEAVINGS ?? 8)
const db = await testDatabase()
const people = [LENA, OMAR]
const doors = ['door:billing', 'door:eu']
const permissions = ['billing:operate', 'eu:read']
const budgetSeconds = 0.4

const which = {
  person: fc.constantFrom(0, 1),
  what: fc.constantFrom<number[]>([0], [1], [0, 1]),
  pauseMs: fc.constantFrom(0, 0, 30, 300),
}
const mischief = fc.constantFrom('none', 'none', 'thrown', 'cut', 'late', 'landsLate', 'unreadable')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ ...which, kind: fc.constant('provision'), mischief, length: fc.constantFrom(null, 1, 2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ ...which, kind: fc.constant('deprovision'), mischief, length: fc.constant(null) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...which,
      kind: fc.constant('deny'),
      mischief: fc.constant('none'),
      length: fc.constant(null),
    }),
  },
)
type Step = { person: number; what: number[]; pauseMs: number; kind: string; mischief: string; length: number | null }

/** What the next call of the vault meets; who makes it is left to chance, as in life. */
function prepare({ vault }: InlineStage, { kind, mischief }: Step): void {
  const add = (member: string, act: (keys: string[]) => unknown) => {
    vault.mischief[member] = [...(vault.mischief[member] ?? []), act]
  }
  const fail = () => {
    throw new Error(`${mischief}: it went wrong`)
  }
  const after = kind === 'provision' ? 'provisioned' : 'deprovisioned'
  if (mischief === 'thrown') add(kind, fail)
  if (mischief === 'cut') add(after, fail)
  if (mischief === 'late') add(after, () => sleep(budgetSeconds * 1000 + 200))
  if (mischief === 'unreadable') add('has', fail)
  if (mischief !== 'landsLate' || kind !== 'provision') return
  add(kind, (keys) => {
    setTimeout(() => {
      for (const key of keys) vault.held.add(key)
    }, 500)
    return fail()
  })
}

async function play(stage: InlineStage, step: Step): Promise<void> {
  const { person, what, kind, length } = step
  const { oktaId, email } = people[person] ?? LENA
  if (kind === 'deny') {
    if (stage.tenants.okta.users.get(oktaId).status === 'ACTIVE')
      stage.tenants.okta.users.transition(oktaId, 'deactivate')
    return
  }
  prepare(stage, step)
  const asked = what.flatMap((one) => permissions[one] ?? [])
  const answer = await stage.ask(kind, lumosBody({ email, permissions: asked, length }))
  expect([204, 422, 503], await answer.text()).toContain(answer.status)
}

/** A revoke whose person is found just after the lane of a later grant was claimed; the grant's write lands late. */
const revokeFoundLate: [Step[], (readonly [number, number])[]] = [
  [
    { person: 0, what: [0], pauseMs: 30, kind: 'deprovision', mischief: 'none', length: null },
    { person: 0, what: [0], pauseMs: 0, kind: 'provision', mischief: 'landsLate', length: 1 },
  ],
  [[0, 0]],
]

test('whatever comes between whatever, the doors are those that the journal says, and nothing is left undone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 9 }),
      fc.subarray([0, 1].flatMap((person) => [0, 1].map((door) => [person, door] as const))),
      async (steps, before) => {
        await using stage = await setInlineStage({
          db,
          settings: { VAULT_BUDGET_SECONDS: String(budgetSeconds), LUMOS_END_ACCESS: 'true' },
          timing: { leaseSeconds: 1.5, outboundSeconds: 0.5, renewSeconds: 0.4 },
        })
        const key = (person: number, door: number) => `${people[person]?.email} ${doors[door]}`
        for (const [person, door] of before) stage.vault.held.add(key(person, door))
        const playing: Promise<void>[] = []
        for (const step of steps) {
          await sleep(step.pauseMs)
          playing.push(play(stage, step))
        }
        await Promise.all(playing)
        await sleep(600)
        await eventually(async () => {
          const open = await db.sql`select kind, status, last_error from hub.delivery
            where status in ('pending', 'uncertain') or next_attempt_at is not null`
          expect(open).toEqual([])
        })

        const live = await db.sql<{ authority_id: string; target: string; late: boolean }[]>`
          select p.authority_id, g.permission ->> 'target' as target, coalesce(g.granted_at > p.denied_at, false) as late
          from hub.access_grant g join hub.person p on p.id = g.person where g.ended_at is null`
        const revoked = new Set(
          steps.flatMap(({ kind, person, what }) =>
            kind === 'deprovision' ? what.map((door) => key(person, door)) : [],
          ),
        )
        const given = live.map(({ authority_id, target }) => {
          const person = people.find(({ oktaId }) => oktaId === authority_id)
          return `${person?.email} ${target}`
        })
        const left = before.map(([person, door]) => key(person, door)).filter((door) => !revoked.has(door))
        expect(new Set(stage.vault.held)).toEqual(new Set([...given, ...left]))
        expect(live.filter(({ late }) => late)).toEqual([])
      },
    ),
    { numRuns: runs, endOnFailure: true, examples: [revokeFoundLate, revokeFoundLate] },
  )
}, 600_000)

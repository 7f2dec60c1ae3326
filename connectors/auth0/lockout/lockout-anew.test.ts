import { describe, expect, it } from 'vitest'
import {
  type Bench,
  countCalls,
  database,
  hubObject,
  person,
  startBench,
} from '../../../test/connectors/auth0-bench.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { apply } from './apply.ts'

const jane = 'auth0|jane'
const account = { connection: database, id: 'jane', email: 'jane.doe@acme.example' }
const first = '2026-08-01T09:00:00.000Z'
const second = '2026-08-01T11:00:00.000Z'

/** Shut by the hub, for a status that changed at this time. */
const shutAt = (changed_at: string | null, facts: Record<string, unknown> = {}) => ({
  ...account,
  blocked: true,
  app_metadata: { okta: hubObject({ changed_at, blocked_by_hub: true, ...facts }) },
})
const sessionsOf = ({ tenant }: Bench) => tenant.sessions.ofUser(jane)
const openSession = ({ tenant }: Bench) => tenant.sessions.open({ userId: jane, clientId: 'app' })

describe('a flag of an earlier lockout', () => {
  it('spares no session, where Auth0 wrote it only after its person had been let in again', async () => {
    await using bench = await startBench({ tenant: { users: [account] } })
    const lockout = await bench.plan(person('deny', { status: 'SUSPENDED', statusChangedAt: first }))
    const [deny] = lockout.changes
    if (!deny) throw new Error('no lockout was planned')
    bench.tenant.misbehave({ method: 'PATCH', times: 1, delayMs: 400 })
    const givenUp = apply({ change: deny, client: bench.client, signal: AbortSignal.timeout(100) })
    await expect(givenUp).rejects.toThrow()
    expect((await bench.run(person('allow'))).plan.changes).toEqual([])
    openSession(bench)
    await eventually(() => expect(bench.tenant.users.get(jane).blocked).toBe(true))

    const { left } = await bench.run(person('deny', { status: 'SUSPENDED', statusChangedAt: second }))
    expect(sessionsOf(bench)).toEqual([])
    expect(left).toEqual([])
    expect(bench.tenant.users.get(jane).app_metadata.okta).toMatchObject({ changed_at: second, blocked_by_hub: true })
  })

  it.each([
    ['names no time', shutAt(null), { statusChangedAt: second }],
    ['names one that is none', shutAt('yesterday'), { statusChangedAt: second }],
    ['is of another status, and Okta names no time', shutAt(first), { status: 'gone', statusChangedAt: null }],
  ])('is written anew, once, where it %s', async (_, user, facts) => {
    await using bench = await startBench({ tenant: { users: [user] } })
    openSession(bench)
    const { plan, left } = await bench.run(person('deny', facts))
    expect(plan.changes.map(({ action, renews }) => [action, renews])).toEqual([
      ['deny', true],
      ['revoke_access', true],
    ])
    expect(left).toEqual([])
    expect(sessionsOf(bench)).toEqual([])
    expect((await bench.plan(person('deny', facts))).changes).toEqual([])
  })

  it('takes nothing for renewed that was open in part', async () => {
    await using bench = await startBench({ tenant: { users: [{ ...shutAt(first), blocked: false }] } })
    const { changes } = await bench.plan(person('deny', { statusChangedAt: second }))
    expect(changes.map(({ renews }) => renews)).toEqual([undefined, undefined])
  })

  it.each([
    ['this very lockout', shutAt(second), second],
    ['a later one than was read', shutAt(second), first],
    ['somebody gone', shutAt(first, { status: 'gone' }), null],
  ])('is left alone where it is of %s', async (_, user, statusChangedAt) => {
    await using bench = await startBench({ tenant: { users: [user] } })
    const status = statusChangedAt === null ? 'gone' : 'DEPROVISIONED'
    expect((await bench.plan(person('deny', { status, statusChangedAt }))).changes).toEqual([])
    expect(countCalls(bench.tenant)).not.toHaveProperty('PATCH /users/:id')
  })

  it('is left alone on the word of a hook, which names no status', async () => {
    await using bench = await startBench({ tenant: { users: [shutAt(first)] } })
    const unread = person('deny', { status: 'unreadable', statusChangedAt: null })
    expect((await bench.plan({ ...unread, state: { ...unread.state, provisional: true } })).changes).toEqual([])
  })
})

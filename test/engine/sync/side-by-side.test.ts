import { describe, expect, test } from 'vitest'
import type { Call } from '../../../lab/simulators/http-server.ts'
import { CAST } from '../../../lab/simulators/seed.ts'
import { eventually } from '../../support/eventually.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()
/** Long beside what a loaded machine takes between two calls that begin together. */
const delayMs = 250
const timing = { outboundSeconds: 10, leaseSeconds: 30, renewSeconds: 10 }

const NILS = { oktaId: '00uexampleNILSNOBODY', email: 'nils@acme-demo.test' }
const MANY = { oktaId: '00uexampleMANYUSERS1', email: 'many@acme-demo.test' }
const manyIds = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6']

const oktaUser = ({ oktaId, email }: { oktaId: string; email: string }) => ({
  id: oktaId,
  profile: { login: email, email, firstName: 'A', lastName: 'B' },
})
const { enterprise, database } = CAST.connections
const tenants = {
  okta: { users: [LENA, OMAR, NILS, MANY].map(oktaUser) },
  auth0: {
    users: [
      { connection: enterprise, id: LENA.oktaId, email: 'Lena.Park@acme-demo.test' },
      { connection: database, id: LENA.databaseUserId.slice('auth0|'.length), email: LENA.email },
      { connection: enterprise, id: OMAR.oktaId, email: OMAR.email },
      ...manyIds.map((id) => ({ connection: database, id, email: MANY.email })),
    ],
  },
}

/** Locks a person out at tenants that answer slowly, and returns the calls about people of that run alone. */
async function lockOut(stage: Stage, { oktaId }: { oktaId: string }): Promise<Call[]> {
  const { okta, auth0 } = stage.tenants
  const before = { okta: okta.calls.length, auth0: auth0.calls.length }
  const [earlier] = await stage.hub.sql`select count(*)::int as n from hub.delivery`
  for (const tenant of [okta, auth0]) tenant.misbehave({ path: '/api', delayMs })
  okta.users.transition(oktaId, 'deactivate')
  await eventually(async () => {
    const [now] = await stage.hub.sql`
      select count(*)::int as n, count(*) filter (where attempts = 0)::int as untried from hub.delivery`
    expect(now).toMatchObject({ untried: 0 })
    expect(now?.n).toBeGreaterThan(Number(earlier?.n))
  })
  const calls = [...okta.calls.slice(before.okta), ...auth0.calls.slice(before.auth0)]
  return calls.filter(({ path }) => /\/api\/v[12]\/(users|users-by-email)/.test(path))
}

function countCalls(calls: readonly Call[]): Record<string, number> {
  const name = ({ method, path, query }: Call) => {
    const isSearch = ['q', 'filter', 'search'].some((key) => key in query)
    return `${method} ${path.replace(/\/users\/[^/]+/, '/users/:id')}${isSearch ? '?search' : ''}`
  }
  return Object.fromEntries([...Map.groupBy(calls, name)].map(([key, list]) => [key, list.length]))
}

/** How many calls, each begun after the one before it was answered, come before the end of the last write of a flag. */
function countRounds(calls: readonly Call[]): number {
  const spans = calls.map(({ at, durationMs, method }) => ({
    method,
    startMs: Date.parse(at),
    endMs: Date.parse(at) + durationMs,
  }))
  spans.sort((a, b) => a.startMs - b.startMs)
  const rounds: number[] = []
  for (const [index, { startMs }] of spans.entries()) {
    const before = spans.slice(0, index).map(({ endMs }, i) => (endMs <= startMs + 1 ? (rounds[i] ?? 0) : 0))
    rounds.push(Math.max(0, ...before) + 1)
  }
  return Math.max(0, ...rounds.filter((_, i) => spans[i]?.method === 'PATCH'))
}

const oneUser = {
  'GET /api/v1/users/:id': 1,
  'GET /api/v2/users-by-email': 1,
  'GET /api/v2/users?search': 1,
  'GET /api/v2/users/:id': 2,
  'PATCH /api/v2/users/:id': 1,
  'POST /api/v2/users/:id/revoke-access': 1,
}
const twoUsers = {
  ...oneUser,
  'GET /api/v2/users/:id': 4,
  'PATCH /api/v2/users/:id': 2,
  'POST /api/v2/users/:id/revoke-access': 2,
}
const whoElse = { 'GET /api/v1/users?search': 2 }
const nobody = {
  'GET /api/v1/users/:id': 1,
  'GET /api/v2/users-by-email': 1,
  'GET /api/v2/users?search': 1,
  'GET /api/v2/users/:id': 3,
}
const sixUsers = {
  ...{ ...nobody, ...whoElse },
  'GET /api/v2/users/:id': 15,
  'PATCH /api/v2/users/:id': 6,
  'POST /api/v2/users/:id/revoke-access': 6,
}

describe('the calls of a lockout', () => {
  test.each([
    ['nobody at the target', { person: NILS, calls: nobody, rounds: 0 }],
    ['one user', { person: OMAR, calls: oneUser, rounds: 3 }],
    ['two users who are seen for the first time', { person: LENA, calls: { ...twoUsers, ...whoElse }, rounds: 5 }],
    ['six users with one e-mail', { person: MANY, calls: sixUsers, rounds: 7 }],
  ] as const)('are as few as can be, and side by side: %s', async (_, { person, calls, rounds }) => {
    await using stage = await setStage({ db, tenants, timing })
    const made = await lockOut(stage, person)
    expect(countCalls(made)).toEqual(calls)
    expect(countRounds(made)).toBeLessThanOrEqual(rounds)
  })

  test('are as few as can be, and side by side: two users who are known', async () => {
    await using stage = await setStage({ db, tenants, timing })
    const users = [LENA.databaseUserId, LENA.enterpriseUserId]
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(users.every(stage.isShut)).toBe(true))
    stage.tenants.okta.users.transition(LENA.oktaId, 'activate')
    await eventually(() => expect(users.every(stage.isOpen)).toBe(true))
    await eventually(async () => {
      expect((await stage.hub.deliveries()).map(({ status }) => status)).not.toContain('pending')
    })

    const made = await lockOut(stage, LENA)
    expect(countCalls(made)).toEqual(twoUsers)
    expect(countRounds(made)).toBeLessThanOrEqual(3)
  })
})

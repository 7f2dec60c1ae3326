import { describe, expect, it } from 'vitest'
import { countCalls, database, person, startBench } from '../../../test/connectors/auth0-bench.ts'
import { apply } from './apply.ts'

const jane = { connection: database, id: 'jane', email: 'jane.doe@acme.example' }
const users = [jane]
const routeOfRevoke = { path: /\/revoke-access$/, status: 404 }

type Bench = Awaited<ReturnType<typeof startBench>>

function giveTokens({ tenant }: Bench, counts: { plain?: number; rotating?: number }): void {
  const login = { userId: 'auth0|jane', clientId: 'app', sessionId: 'sess', audience: 'https://api.acme.example' }
  for (let i = 0; i < (counts.plain ?? 0); i++) tenant.sessions.issueRefreshToken(login)
  for (let i = 0; i < (counts.rotating ?? 0); i++) tenant.sessions.issueRefreshToken({ ...login, rotating: true })
}

/** Auth0, but for a PATCH with this field: that one is answered 400. */
function refusePatchWith(field: string): typeof fetch {
  return async (input, init) => {
    const isRefused = init?.method === 'PATCH' && String(init.body).includes(`"${field}"`)
    return isRefused ? Response.json({ statusCode: 400, message: 'too large' }, { status: 400 }) : fetch(input, init)
  }
}

const blockedJane = { blocked: true }

describe('a lesser way to lock out', () => {
  it('deletes rotating refresh tokens too, beyond the hundredth, and says what is left (case 15)', async () => {
    await using bench = await startBench({ tenant: { users, enterprise: false } })
    giveTokens(bench, { plain: 2, rotating: 103 })
    const { notes } = await bench.run(person('deny'))
    expect(bench.tenant.sessions.refreshTokens()).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/^Not on this plan .*Deleted 2 refresh tokens and 103 rotating ones/)])
    expect(notes).toEqual([expect.stringContaining('sessions were not ended')])
  })

  it('says of which kind no token could be deleted, and how many are left (case 15)', async () => {
    await using bench = await startBench({ tenant: { users, enterprise: false } })
    giveTokens(bench, { plain: 1, rotating: 1 })
    bench.tenant.misbehave({ method: 'DELETE', path: /\/device-credentials\//, status: 404, times: 1 })
    bench.tenant.misbehave({ method: 'DELETE', path: /\/device-credentials\//, status: 403 })
    const { notes } = await bench.run(person('deny'))
    expect(notes).toEqual([
      expect.stringMatching(/Deleted 0 .*1 are still listed.*rotating_refresh_token: Auth0 answered 403/),
    ])
  })

  it('takes a 404 of the route for a missing feature: the user was read a moment ago (case 16)', async () => {
    await using bench = await startBench({ tenant: { users } })
    giveTokens(bench, { plain: 1 })
    bench.tenant.misbehave(routeOfRevoke)
    const { notes, left } = await bench.run(person('deny'))
    expect(left).toEqual([])
    expect(bench.tenant.sessions.refreshTokens()).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/^This tenant has no such call .*Deleted 1 refresh tokens/)])
  })

  it('does not take a 404 in other words than Auth0’s for a user who is gone (case 16)', async () => {
    await using bench = await startBench({ tenant: { users } })
    const { changes } = await bench.plan(person('deny'))
    const [deny] = changes
    if (!deny) throw new Error('nothing was planned')
    bench.tenant.misbehave({ method: 'PATCH', status: 404 })
    await expect(async () => apply({ change: deny, client: bench.client })).rejects.toThrow('404')

    bench.tenant.calm()
    bench.tenant.misbehave({ path: /^\/api\/v2\/users\/auth0\|jane$/, status: 404 })
    const planning = bench.plan(person('deny', { emails: [], links: ['auth0|jane'] }))
    await expect(planning).rejects.toThrow('404')
  })

  it('does not take a 404 of a list of roles for "has none" (case 16)', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ path: /\/roles$/, status: 404 })
    await expect(bench.client.listRolesOf('auth0|jane')).rejects.toThrow('404')
    bench.tenant.users.remove('auth0|jane')
    bench.tenant.calm()
    expect(await bench.client.getUser('auth0|jane')).toBeNull()
  })
})

describe('a profile without room', () => {
  it('is blocked and logged out at once; the flag is owed and told of (case 17)', async () => {
    await using bench = await startBench({ tenant: { users, metadataBytes: 20 } })
    const { plan } = await bench.plan(person('deny')).then((plan) => ({ plan }))
    const applied = []
    for (const change of plan.changes) applied.push(await apply({ change, client: bench.client }))
    expect(applied).toEqual([
      {
        note: expect.stringContaining('blocked without it'),
        missing: expect.stringMatching(/flag on auth0\|jane .* 400/),
      },
      undefined,
    ])
    expect(bench.tenant.users.get('auth0|jane')).toMatchObject(blockedJane)
    expect(countCalls(bench.tenant)['POST /users/:id/revoke-access']).toBe(1)
    const again = await bench.plan(person('deny'), ['auth0|jane'])
    expect(again.changes[0]).toMatchObject({ action: 'deny', after: { app_metadata: { okta: { deactivated: true } } } })
  })

  it('gets the flag, though the mirror has no room (case 17)', async () => {
    await using bench = await startBench({
      tenant: { users },
      settings: { AUTH0_MIRROR: 'true' },
      fetch: refusePatchWith('user_metadata'),
    })
    const [deny] = (await bench.plan(person('deny'))).changes
    if (!deny) throw new Error('nothing was planned')
    const applied = await apply({ change: deny, client: bench.client })
    expect(applied).toMatchObject({ missing: expect.stringContaining('mirror in user_metadata') })
    expect(bench.tenant.users.get('auth0|jane')).toMatchObject({
      ...blockedJane,
      app_metadata: { okta: { deactivated: true } },
    })
  })

  it('is logged out though there is nothing to block with (case 17)', async () => {
    await using bench = await startBench({ tenant: { users, metadataBytes: 20 }, settings: { AUTH0_BLOCK: 'false' } })
    const { changes } = await bench.plan(person('deny'))
    for (const change of changes) await apply({ change, client: bench.client })
    expect(countCalls(bench.tenant)['POST /users/:id/revoke-access']).toBe(1)
  })
})

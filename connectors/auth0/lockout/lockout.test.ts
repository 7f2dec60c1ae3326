import { describe, expect, it } from 'vitest'
import { countCalls, database, hubObject, janeId, person, startBench } from '../../../test/connectors/auth0-bench.ts'
import { apply } from './apply.ts'

const enterpriseUser = `okta|acme-okta|${janeId}`
const users = [
  { connection: 'acme-okta', id: janeId, email: 'Jane.Doe@ACME.example' },
  { connection: database, id: 'jane', email: 'jane.doe@acme.example' },
]

describe('locking a person out of Auth0', () => {
  it('flags, blocks and logs out every user of the person, and believes it only when read back', async () => {
    await using bench = await startBench({ tenant: { users } })
    const { plan, left } = await bench.run(person('deny'))

    expect(left).toEqual([])
    expect(plan.sightings).toContainEqual({ kind: 'link', value: enterpriseUser })
    for (const id of [enterpriseUser, 'auth0|jane']) {
      const user = bench.tenant.users.get(id)
      expect(user.blocked).toBe(true)
      expect(user.app_metadata).toEqual({
        okta: {
          id: janeId,
          status: 'DEPROVISIONED',
          deactivated: true,
          changed_at: '2026-08-01T09:59:59.000Z',
          event_id: 'evt_1',
          blocked_by_hub: true,
        },
      })
      expect(user.user_metadata).toEqual({})
    }
    expect(countCalls(bench.tenant)['POST /users/:id/revoke-access']).toBe(2)
  })

  it('stays within three searches per e-mail and two reads, one write and one revoke per user', async () => {
    await using bench = await startBench({ tenant: { users } })
    await bench.run(person('deny'))
    expect(countCalls(bench.tenant)).toEqual({
      'GET /users-by-email': 2,
      'GET /users': 1,
      'GET /users/:id': 4,
      'PATCH /users/:id': 2,
      'POST /users/:id/revoke-access': 2,
    })
  })

  it('asks for one token however many calls start at once', async () => {
    await using bench = await startBench({ tenant: { users } })
    await bench.run(person('deny'))
    expect(bench.tenant.calls.filter(({ path }) => path === '/oauth/token')).toHaveLength(1)
  })

  it('searches for nothing while it verifies', async () => {
    await using bench = await startBench({ tenant: { users } })
    await bench.plan(person('deny'), ['auth0|jane'])
    expect(countCalls(bench.tenant)).toEqual({ 'GET /users/:id': 1 })
  })

  it('plans nothing for a person who is locked out already', async () => {
    await using bench = await startBench({ tenant: { users } })
    await bench.run(person('deny'))
    const again = await bench.plan(person('deny', { status: 'SUSPENDED' }))
    expect(again.changes).toEqual([])
    expect(again.sightings).toContainEqual({ kind: 'link', value: 'auth0|jane' })
  })

  it('writes the same once more when a change is carried out again after a crash', async () => {
    await using bench = await startBench({ tenant: { users } })
    const { changes } = await bench.plan(person('deny'))
    const { client } = bench
    for (const change of [...changes, ...changes]) await apply({ change, client })
    expect(bench.tenant.users.get('auth0|jane').app_metadata.okta).toMatchObject({ blocked_by_hub: true })
    expect((await bench.plan(person('deny'))).changes).toEqual([])
  })

  it('emits the owed revoke only beside a write, and not at all when revoking is off', async () => {
    await using bench = await startBench({
      tenant: { users },
      settings: { AUTH0_REVOKE: 'false', AUTH0_BLOCK: 'false' },
    })
    const { plan } = await bench.run(person('deny'))
    expect(plan.changes.map(({ action }) => action)).toEqual(['deny', 'deny'])
    expect(bench.tenant.users.get('auth0|jane').blocked).toBeUndefined()
  })

  it('finds an account that the search index has not seen yet', async () => {
    await using bench = await startBench({ tenant: { searchLagMs: Number.POSITIVE_INFINITY } })
    bench.tenant.users.seed({ connection: database, id: 'new', email: 'jane.doe@acme.example' })
    await bench.run(person('deny'))
    expect(bench.tenant.users.get('auth0|new').blocked).toBe(true)
  })

  it('finds users under an e-mail that the person had before', async () => {
    await using bench = await startBench({
      tenant: { users: [{ connection: database, id: 'old', email: 'jane@old.example' }] },
    })
    await bench.run(person('deny', { formerEmails: ['Jane@old.example'] }))
    expect(bench.tenant.users.get('auth0|old').blocked).toBe(true)
  })

  it('locks the account that holds a linked secondary identity of the person', async () => {
    await using bench = await startBench({
      tenant: {
        users: [
          { connection: 'google-oauth2', id: '1', email: 'private@mail.example' },
          { connection: database, id: 'work', email: 'jane.doe@acme.example' },
          { connection: database, id: 'home', email: 'other@mail.example' },
          { connection: 'acme-okta', id: janeId, email: 'jane@elsewhere.example' },
        ],
      },
    })
    bench.tenant.users.link('google-oauth2|1', { provider: 'auth0', user_id: 'work' })
    bench.tenant.users.link('auth0|home', { provider: 'okta', user_id: `acme-okta|${janeId}` })
    await bench.run(person('deny'))
    expect(bench.tenant.users.get('google-oauth2|1').blocked).toBe(true)
    expect(bench.tenant.users.get('auth0|home').blocked).toBe(true)
  })

  it('finds the enterprise account of a person whose e-mail nobody knows', async () => {
    await using bench = await startBench({ tenant: { users } })
    await bench.run(person('deny', { emails: [], status: 'gone' }))
    expect(bench.tenant.users.get(enterpriseUser).blocked).toBe(true)
    expect(bench.tenant.users.get('auth0|jane').blocked).toBeUndefined()
  })

  it('touches, by e-mail, only the configured connections and domains', async () => {
    const settings = { AUTH0_CONNECTIONS: 'google-oauth2', AUTH0_EMAIL_DOMAINS: 'acme.example' }
    await using bench = await startBench({
      tenant: {
        users: [
          ...users,
          { connection: 'google-oauth2', id: '2', email: 'jane.doe@acme.example' },
          { connection: 'google-oauth2', id: '3', email: 'jane@private.example' },
        ],
      },
      settings,
    })
    await bench.run(person('deny', { formerEmails: ['jane@private.example'] }))
    const blocked = bench.tenant.users.list().flatMap((user) => (user.blocked ? user.user_id : []))
    expect(blocked.sort()).toEqual(['google-oauth2|2', enterpriseUser].sort())
  })

  it('reports a link that answers 404 as a former link, and goes on', async () => {
    await using bench = await startBench({ tenant: { users } })
    const { plan } = await bench.run(person('deny', { links: ['auth0|deleted'] }))
    expect(plan.sightings).toContainEqual({ kind: 'former_link', value: 'auth0|deleted' })
    expect(plan.sightings).not.toContainEqual({ kind: 'link', value: 'auth0|deleted' })
    expect(plan.changes.map(({ target }) => target)).toContain('auth0|jane')
  })

  it('finds nobody, and says so by an empty plan without a link', async () => {
    await using bench = await startBench()
    expect(await bench.plan(person('deny'))).toEqual({ changes: [], sightings: [], conflicts: [] })
  })

  it('locks whom it knows and fails in plain sight when a search finds a hundred users', async () => {
    const crowd = Array.from({ length: 101 }, (_, index) => String(index))
    await using bench = await startBench({
      tenant: {
        users: [
          { connection: 'acme-okta', id: janeId, email: 'jane@elsewhere.example' },
          ...crowd.map((id) => ({ connection: 'google-oauth2', id, email: 'JANE.DOE@acme.example' })),
        ],
      },
    })
    const { changes } = await bench.plan(person('deny', { emails: ['jane.doe@acme.example'] }))
    expect(changes.map(({ action }) => action)).toEqual(['deny', 'revoke_access', 'look_again'])
  })

  it('keeps an e-mail that looks like a query a mere word', async () => {
    const trap = { connection: database, id: 'trap', email: 'victim@acme.example' }
    await using bench = await startBench({ tenant: { users: [trap] } })
    const { plan } = await bench.run(person('deny', { emails: ['x" OR email:"victim@acme.example'] }))
    expect(plan.changes).toEqual([])
    expect(bench.tenant.users.get('auth0|trap').blocked).toBeUndefined()
  })

  it('mirrors the flag to user_metadata when asked, siblings kept', async () => {
    const jane = { connection: database, id: 'jane', email: 'jane.doe@acme.example' }
    const user_metadata = { theme: 'dark', okta: { shoeSize: 38 } }
    await using bench = await startBench({
      tenant: { users: [{ ...jane, user_metadata }] },
      settings: { AUTH0_MIRROR: 'true' },
    })
    await bench.run(person('deny'))
    expect(bench.tenant.users.get('auth0|jane').user_metadata).toEqual({
      theme: 'dark',
      okta: { shoeSize: 38, deactivated: 'true' },
    })
  })

  it('leaves the members of app_metadata beside its key alone', async () => {
    const app_metadata = { plan: 'gold', roles: ['admin'] }
    await using bench = await startBench({
      tenant: { users: [{ connection: database, id: 'jane', email: 'jane.doe@acme.example', app_metadata }] },
    })
    await bench.run(person('deny'))
    expect(bench.tenant.users.get('auth0|jane').app_metadata).toMatchObject(app_metadata)
  })

  it('writes under the configured key', async () => {
    await using bench = await startBench({ tenant: { users }, settings: { AUTH0_METADATA_KEY: 'idp' } })
    await bench.run(person('deny'))
    expect(bench.tenant.users.get('auth0|jane').app_metadata.idp).toMatchObject({ deactivated: true })
  })

  it('blocks again what an admin unblocked while the authority still says no', async () => {
    const app_metadata = { okta: hubObject({ blocked_by_hub: true }) }
    await using bench = await startBench({
      tenant: { users: [{ connection: database, id: 'jane', blocked: false, app_metadata }] },
    })
    const { left } = await bench.run(person('deny', { links: ['auth0|jane'] }))
    expect(left).toEqual([])
    expect(bench.tenant.users.get('auth0|jane')).toMatchObject({ blocked: true })
    expect(bench.tenant.users.get('auth0|jane').app_metadata.okta).toMatchObject({ blocked_by_hub: true })
  })

  it('does not claim a block that an admin had set before', async () => {
    const jane = { connection: database, id: 'jane', email: 'jane.doe@acme.example', blocked: true }
    await using bench = await startBench({ tenant: { users: [jane] } })
    await bench.run(person('deny'))
    expect(bench.tenant.users.get('auth0|jane').app_metadata.okta).toMatchObject({
      deactivated: true,
      blocked_by_hub: false,
    })
  })

  it.each(['unchanged', 'unknown'] as const)('does nothing at all while the policy says %s', async (access) => {
    await using bench = await startBench({ tenant: { users } })
    expect((await bench.plan(person(access))).changes).toEqual([])
    expect(countCalls(bench.tenant)).toEqual({})
  })
})

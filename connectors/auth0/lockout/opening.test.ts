import { describe, expect, it } from 'vitest'
import { countCalls, database, hubObject, janeId, person, startBench } from '../../../test/connectors/auth0-bench.ts'

const jane = { connection: database, id: 'jane', email: 'jane.doe@acme.example' }
const shut = (facts: Record<string, unknown> = {}) => ({ app_metadata: { okta: hubObject(facts) } })
const oldId = '00u0old00000000000x7'

describe('opening what the hub shut', () => {
  it('takes the flag and its own block away in one write', async () => {
    await using bench = await startBench({ tenant: { users: [jane] } })
    await bench.run(person('deny'))
    bench.tenant.calls.length = 0
    const { left } = await bench.run(person('allow', { links: ['auth0|jane'] }))

    expect(left).toEqual([])
    const user = bench.tenant.users.get('auth0|jane')
    expect(user.blocked).toBe(false)
    expect(user.app_metadata.okta).toMatchObject({ deactivated: false, blocked_by_hub: false, status: 'ACTIVE' })
    expect(countCalls(bench.tenant)).toMatchObject({ 'PATCH /users/:id': 1 })
  })

  it('leaves a user without the hub’s object alone, blocked or flagged by whomever', async () => {
    const flagged = { ...jane, blocked: true, user_metadata: { okta: { deactivated: 'true' } } }
    await using bench = await startBench({ tenant: { users: [flagged] } })
    const plan = await bench.plan(person('allow', { links: ['auth0|jane'] }))
    expect(plan.changes).toEqual([])
  })

  it('keeps the block of an admin who came first', async () => {
    await using bench = await startBench({ tenant: { users: [{ ...jane, blocked: true }] } })
    await bench.run(person('deny'))
    await bench.run(person('allow', { links: ['auth0|jane'] }))
    const user = bench.tenant.users.get('auth0|jane')
    expect(user.blocked).toBe(true)
    expect(user.app_metadata.okta).toMatchObject({ deactivated: false })
  })

  it('takes its own block away though blocking has been switched off since', async () => {
    const users = [{ ...jane, blocked: true, ...shut({ blocked_by_hub: true }) }]
    await using bench = await startBench({ tenant: { users }, settings: { AUTH0_BLOCK: 'false' } })
    await bench.run(person('allow', { links: ['auth0|jane'] }))
    expect(bench.tenant.users.get('auth0|jane').blocked).toBe(false)
  })

  it.each([
    ['siblings kept', { deactivated: 'true', shoeSize: 38 }, { okta: { shoeSize: 38 }, theme: 'dark' }],
    ['nothing else there', { deactivated: true }, { theme: 'dark' }],
  ])('clears a flag in user_metadata, mirror on or off: %s', async (_, okta, expected) => {
    const users = [{ ...jane, ...shut(), user_metadata: { okta, theme: 'dark' } }]
    await using bench = await startBench({ tenant: { users } })
    await bench.run(person('allow', { links: ['auth0|jane'] }))
    expect(bench.tenant.users.get('auth0|jane').user_metadata).toEqual(expected)
  })

  it('plans nothing when the flag is down already', async () => {
    await using bench = await startBench({
      tenant: { users: [{ ...jane, blocked: true, ...shut({ deactivated: false }) }] },
    })
    expect((await bench.plan(person('allow', { links: ['auth0|jane'] }))).changes).toEqual([])
  })

  it('reads the links alone, and searches for nothing, when there are links', async () => {
    await using bench = await startBench({ tenant: { users: [{ ...jane, ...shut() }] } })
    await bench.plan(person('allow', { links: ['auth0|jane'] }))
    // The link, and the two ids that the person can have in the connection named as Okta's.
    expect(countCalls(bench.tenant)).toEqual({ 'GET /users/:id': 3 })
  })

  it('finds what it shut without links, by its own object and by the e-mail', async () => {
    const elsewhere = { connection: database, id: 'moved', email: 'new@acme.example', ...shut() }
    await using bench = await startBench({ tenant: { users: [{ ...jane, ...shut() }, elsewhere] } })
    const { plan } = await bench.run(person('allow'))
    expect(plan.changes.map(({ target }) => target).sort()).toEqual(['auth0|jane', 'auth0|moved'])
  })

  it('never opens what another id shut, and shows it as a conflict', async () => {
    await using bench = await startBench({ tenant: { users: [{ ...jane, blocked: true, ...shut({ id: oldId }) }] } })
    const { plan } = await bench.run(person('allow'))
    expect(plan.changes).toEqual([])
    expect(plan.conflicts).toEqual([{ target: 'auth0|jane', reason: expect.stringContaining(oldId) }])
    expect(bench.tenant.users.get('auth0|jane').blocked).toBe(true)
  })

  it('lets the enterprise account of a re-hired person be', async () => {
    const newId = '00u2new00000000000x7'
    const users = [
      { ...jane, ...shut({ id: oldId }) },
      { connection: 'acme-okta', id: newId, email: jane.email },
    ]
    await using bench = await startBench({ tenant: { users } })
    const { plan } = await bench.run(person('allow', { authorityId: newId }))
    expect(plan.changes).toEqual([])
    expect(plan.sightings).toEqual([{ kind: 'link', value: `okta|acme-okta|${newId}` }])
  })

  it('opens under its own id what it shut as an enterprise account', async () => {
    const users = [{ connection: 'acme-okta', id: janeId, email: jane.email }]
    await using bench = await startBench({ tenant: { users, searchLagMs: Number.POSITIVE_INFINITY } })
    await bench.run(person('deny', { emails: [] }))
    await bench.run(person('allow', { emails: [] }))
    expect(bench.tenant.users.get(`okta|acme-okta|${janeId}`).blocked).toBe(false)
  })

  it('opens nothing when a read fails, and lets the failure be retried', async () => {
    await using bench = await startBench({ tenant: { users: [{ ...jane, ...shut() }] } })
    bench.tenant.misbehave({ path: '/api/v2/users/okta', status: 500 })
    await expect(bench.plan(person('allow', { links: ['auth0|jane'] }))).rejects.toThrow('500')
  })
})

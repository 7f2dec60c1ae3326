import { describe, expect, it } from 'vitest'
import { database, hubObject, janeId, person, startBench } from '../../../test/connectors/auth0-bench.ts'

const email = 'jane.doe@acme.example'
const otherId = '00u9other000000000x7'
const jane = { connection: database, id: 'jane', email }

describe('whose an Auth0 user is', () => {
  it.each([
    ['another Okta id in the user id', { connection: 'acme-okta', id: otherId, email }],
    ['another Okta id in the hub’s object', { ...jane, app_metadata: { okta: hubObject({ id: otherId }) } }],
    ['somebody else’s words under the hub’s key', { ...jane, app_metadata: { okta: { deactivated: true } } }],
    ['a text under the hub’s key', { ...jane, app_metadata: { okta: 'mine' } }],
  ])('does not touch a user found by e-mail that has %s, and reports the conflict', async (_, seed) => {
    await using bench = await startBench({ tenant: { users: [seed] } })
    const [before] = bench.tenant.users.list()
    const { plan } = await bench.run(person('deny'))
    expect(plan.conflicts).toHaveLength(1)
    expect(plan.changes).toEqual([])
    expect(plan.sightings).toEqual([])
    expect(bench.tenant.users.list()).toEqual([before])
  })

  it('does not lock a user whose e-mail somebody else, who may log in, holds too', async () => {
    await using bench = await startBench({ tenant: { users: [jane] } })
    const others = [{ email, authorityId: otherId, access: 'allow' as const }]
    const { plan } = await bench.run(person('deny', { others }))
    expect(plan.conflicts).toEqual([{ target: 'auth0|jane', reason: expect.stringContaining(otherId) }])
    expect(bench.tenant.users.get('auth0|jane').blocked).toBeUndefined()
  })

  it('locks it when the other holder of the e-mail may not log in either', async () => {
    await using bench = await startBench({ tenant: { users: [jane] } })
    const others = [{ email, authorityId: otherId, access: 'deny' as const }]
    await bench.run(person('deny', { others }))
    expect(bench.tenant.users.get('auth0|jane').blocked).toBe(true)
  })

  it('does not ask who else holds the e-mail of a user that is the person’s by id', async () => {
    await using bench = await startBench({ tenant: { users: [{ connection: 'acme-okta', id: janeId, email }] } })
    const others = [{ email, authorityId: otherId, access: 'allow' as const }]
    await bench.run(person('deny', { others }))
    expect(bench.tenant.users.get(`okta|acme-okta|${janeId}`).blocked).toBe(true)
  })

  it('asks under the user’s present e-mail when a link is all that ties it to the person', async () => {
    await using bench = await startBench({ tenant: { users: [{ ...jane, email: 'given.away@acme.example' }] } })
    const others = [{ email: 'given.away@acme.example', authorityId: otherId, access: 'allow' as const }]
    const { plan } = await bench.run(person('deny', { links: ['auth0|jane'], others }))
    expect(plan.conflicts).toHaveLength(1)
    expect(plan.changes).toEqual([])
  })

  it('locks neither side of an account that links the identities of two Okta people', async () => {
    const users = [
      { connection: 'acme-okta', id: otherId, email },
      { connection: 'acme-okta', id: janeId, email },
    ]
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.users.link(`okta|acme-okta|${otherId}`, { provider: 'okta', user_id: `acme-okta|${janeId}` })
    const { plan } = await bench.run(person('deny'))
    expect(plan.changes).toEqual([])
    expect(plan.conflicts).toEqual([{ target: `okta|acme-okta|${otherId}`, reason: expect.stringContaining(janeId) }])
  })

  it('gives a link up, without a conflict, when the user belongs to another id by now', async () => {
    const adopted = { ...jane, email: 'elsewhere@acme.example', app_metadata: { okta: hubObject({ id: otherId }) } }
    await using bench = await startBench({ tenant: { users: [adopted] } })
    const { plan } = await bench.run(person('deny', { links: ['auth0|jane'] }))
    expect(plan).toEqual({ changes: [], sightings: [{ kind: 'former_link', value: 'auth0|jane' }], conflicts: [] })
  })
})

describe('a re-hired person, under a new Okta id', () => {
  const shutByTheOldId = {
    ...jane,
    blocked: true,
    app_metadata: { okta: hubObject({ id: otherId, blocked_by_hub: true }) },
  }

  it('does not open what the old id shut, and reports the conflict', async () => {
    await using bench = await startBench({ tenant: { users: [shutByTheOldId] } })
    const { plan } = await bench.run(person('allow'))
    expect(plan.changes).toEqual([])
    expect(plan.conflicts).toEqual([{ target: 'auth0|jane', reason: expect.stringContaining(otherId) }])
  })

  it('opens it once an operator has adopted it, and owns it from then on', async () => {
    await using bench = await startBench({ tenant: { users: [shutByTheOldId] } })
    const rehired = { links: ['auth0|jane'], adopted: ['auth0|jane'] }
    const { left } = await bench.run(person('allow', rehired))
    expect(left).toEqual([])
    const user = bench.tenant.users.get('auth0|jane')
    expect(user.blocked).toBe(false)
    expect(user.app_metadata?.okta).toMatchObject({ id: janeId, deactivated: false })
  })

  it('is not locked out again by the old id after the adoption', async () => {
    const ownedByTheNewId = { ...jane, app_metadata: { okta: hubObject({ deactivated: false }) } }
    await using bench = await startBench({ tenant: { users: [ownedByTheNewId] } })
    const { plan } = await bench.run(person('deny', { authorityId: otherId }))
    expect(plan.changes).toEqual([])
    expect(plan.conflicts).toHaveLength(1)
  })
})

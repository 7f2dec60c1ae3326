import { describe, expect, it } from 'vitest'
import { PermanentError } from '../../../src/index.ts'
import {
  billing,
  isoAt,
  jane,
  janeOkta,
  organizations,
  partners,
  partnersBilling,
  partnersSupport,
  roles,
  startAccess,
  support,
} from '../../../test/connectors/auth0-access.ts'
import { database, hubObject, janeId, person } from '../../../test/connectors/auth0-bench.ts'

const writes = (calls: { method: string; path: string }[]) =>
  calls
    .filter(({ method, path }) => method !== 'GET' && path !== '/oauth/token')
    .map(({ method, path }) => `${method} ${path}`)
const other = { connection: database, id: 'other', email: 'jane.doe@acme.example' }
const enterprise = { connection: 'acme-okta', id: janeId, email: 'Jane.Doe@acme.example' }

describe('a grant at Auth0', () => {
  it('gives a role, a membership, and a role within an organization together with its membership', async () => {
    await using bench = await startAccess()
    await bench.provision([billing])
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])

    await bench.provision([partnersSupport])
    expect(bench.tenant.organizations.memberRoles('org_partners', janeOkta)).toMatchObject([{ id: 'rol_support' }])
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])
    expect((await bench.has([billing, support, partners, partnersBilling, partnersSupport])).toSorted()).toEqual(
      [billing, partners, partnersSupport].toSorted(),
    )
  })

  it('writes nothing the second time', async () => {
    await using bench = await startAccess()
    await bench.provision([billing, partners])
    bench.tenant.calls.length = 0
    await bench.provision([billing, partners])
    expect(writes(bench.tenant.calls)).toEqual([])
  })

  it('refuses a role and an organization that the tenant does not have, before anything is written', async () => {
    await using bench = await startAccess()
    for (const target of ['role:rol_none', 'organization:org_none', 'organization:org_partners/role:rol_none']) {
      await expect(bench.provision([billing, target])).rejects.toThrow(PermanentError)
      await expect(bench.provision([billing, target])).rejects.toThrow(/tenant has no .*AUTH0_GRANTS/)
    }
    expect(writes(bench.tenant.calls)).toEqual([])
  })

  it('refuses a role that may use the Management API, tenant-wide and within an organization', async () => {
    await using bench = await startAccess()
    for (const target of ['role:rol_admin', 'organization:org_partners/role:rol_admin']) {
      await expect(bench.provision([billing, target])).rejects.toThrow(/admin roles are never granted/)
    }
    expect(writes(bench.tenant.calls)).toEqual([])
  })

  it('sees an admin permission that is not on the first page', async () => {
    const many = Array.from({ length: 120 }, (_, n) => ({ api: 'https://api.acme.example', name: `read:${n}` }))
    await using bench = await startAccess({ tenant: { roles: [{ id: 'rol_big', name: 'Big', permissions: many }] } })
    await bench.provision(['role:rol_big'])
    bench.tenant.roles.addPermission('rol_big', { api: `https://${bench.tenant.domain}/api/v2/`, name: 'read:users' })
    await expect(bench.provision(['role:rol_big'])).rejects.toThrow(/admin roles are never granted/)
  })

  it('gives a role for an API of one’s own that happens to end in /api/v2/', async () => {
    const permissions = [{ api: 'https://shop.acme.example/api/v2/', name: 'read:orders' }]
    await using bench = await startAccess({ tenant: { roles: [{ id: 'rol_shop', name: 'Shop', permissions }] } })
    await bench.provision(['role:rol_shop'])
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_shop'])
  })
})

describe('who gets it', () => {
  it('is every user that is the person’s own, by Okta id, by the hub’s object, by link or by adoption', async () => {
    const users = [
      enterprise,
      {
        connection: database,
        id: 'named',
        email: 'j@acme.example',
        app_metadata: { okta: hubObject({ deactivated: false }) },
      },
      { connection: database, id: 'linked', email: 'jd@acme.example' },
      { connection: database, id: 'adopted', email: 'jdoe@acme.example' },
    ]
    await using bench = await startAccess({ tenant: { users } })
    const links = ['auth0|named', 'auth0|linked', 'auth0|adopted']
    await bench.provision([billing], { person: person('allow', { links, adopted: ['auth0|adopted'] }) })
    for (const id of [janeOkta, ...links]) expect(bench.rolesOf(id)).toEqual(['rol_billing'])
  })

  it('is never a user found by e-mail alone', async () => {
    await using bench = await startAccess({ tenant: { users: [enterprise, other] } })
    await bench.provision([billing])
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])
    expect(bench.rolesOf('auth0|other')).toEqual([])
  })

  it('is never a user of somebody else, nor a linked one whose e-mail somebody else has now', async () => {
    const users = [
      enterprise,
      { ...other, app_metadata: { okta: hubObject({ id: '00u2somebodyelse' }) } },
      { connection: database, id: 'passed-on', email: 'sales@acme.example' },
    ]
    await using bench = await startAccess({ tenant: { users } })
    const others = [{ email: 'sales@acme.example', authorityId: '00u3max', access: 'unchanged' as const }]
    await bench.provision([billing], { person: person('allow', { links: ['auth0|passed-on'], others }) })
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])
    expect(bench.rolesOf('auth0|other')).toEqual([])
    expect(bench.rolesOf('auth0|passed-on')).toEqual([])
  })

  it.each([
    ['deactivated', { app_metadata: { okta: hubObject() } }],
    ['blocked', { blocked: true }],
  ])('is no user that is %s', async (reason, facts) => {
    await using bench = await startAccess({ tenant: { users: [{ ...enterprise, ...facts }] } })
    await expect(bench.provision([billing])).rejects.toThrow(PermanentError)
    await expect(bench.provision([billing])).rejects.toThrow(new RegExp(`is ${reason}`))
    expect(bench.rolesOf(janeOkta)).toEqual([])
  })

  it('is nobody, and the refusal says who was found and what helps', async () => {
    await using bench = await startAccess({ tenant: { users: [other] } })
    const refusal = bench.provision([billing])
    await expect(refusal).rejects.toThrow(PermanentError)
    await expect(refusal).rejects.toThrow(
      /no user .*auth0\|other was found by e-mail alone.*log in once.*operator adopts/,
    )
  })

  it('waits when a part of the person’s users could not be seen', async () => {
    await using bench = await startAccess()
    bench.tenant.misbehave({ method: 'GET', path: '/api/v2/users-by-email', status: 500 })
    await expect(bench.provision([billing])).rejects.toThrow(/500/)
    expect(writes(bench.tenant.calls)).toEqual([])
  })
})

describe('a grant that is cut off', () => {
  it.each([
    ['an answer of 500', { status: 500 }],
    ['a connection cut before the work', { cut: 'before' as const }],
    ['a connection cut after the work', { cut: 'after' as const }],
  ])('by %s at the second permission is a temporary error, and the next attempt completes it', async (_, fault) => {
    await using bench = await startAccess()
    bench.tenant.misbehave({ method: 'POST', path: '/api/v2/organizations', times: 1, ...fault })
    const failure = await bench.provision([billing, partners]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(PermanentError)
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])

    await bench.provision([billing, partners])
    expect(await bench.has([billing, partners])).toEqual([billing, partners])
  })

  it('by a rate limit says when to come back', async () => {
    await using bench = await startAccess()
    bench.tenant.misbehave({ method: 'POST', path: /roles$/, status: 429, resetSeconds: 30 })
    await expect(bench.provision([billing])).rejects.toMatchObject({ name: 'RetryAfterError' })
  })

  it('by a refused token is a wrong credential, by a missing scope a missing right', async () => {
    await using bench = await startAccess()
    await bench.has([billing])
    bench.tenant.tokens.revoke()
    await expect(bench.provision([billing])).rejects.toMatchObject({ name: 'CredentialError' })

    const clients = [{ clientId: 'hub', clientSecret: 's', scopes: ['read:users', 'update:users'] }]
    await using narrow = await startAccess({ tenant: { clients } })
    await expect(narrow.provision([billing])).rejects.toMatchObject({ name: 'MissingRightError' })
  })

  it('for good at the second permission takes the first back, end and all', async () => {
    const full = Array.from({ length: 50 }, (_, n) => ({ id: `rol_${n}`, name: `Role ${n}` }))
    await using bench = await startAccess({ tenant: { roles: [...roles, ...full] } })
    bench.tenant.organizations.addMember('org_partners', janeOkta)
    bench.tenant.organizations.assign(
      'org_partners',
      janeOkta,
      full.map(({ id }) => id),
    )
    bench.tenant.roles.assign(janeOkta, ['rol_support'])
    const asked = [billing, support, partnersBilling]
    await expect(bench.provision(asked, { hours: 1 })).rejects.toThrow(/No more roles can be assigned/)
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_support'])
    expect(bench.notesOf(janeOkta)).toBeUndefined()
    expect(await bench.has(asked)).toEqual([support])
  })

  it('sends nothing more once the hub must not write', async () => {
    await using bench = await startAccess()
    await expect(bench.provision([billing], { signal: AbortSignal.abort() })).rejects.toThrow()
    expect(bench.rolesOf(janeOkta)).toEqual([])
  })
})

describe('a time-boxed grant', () => {
  it('notes its end beside the status object, which it leaves as it is', async () => {
    const app_metadata = { okta: hubObject({ deactivated: false }), plan: 'team' }
    await using bench = await startAccess({ tenant: { users: [{ ...enterprise, app_metadata }] } })
    await bench.provision([billing, partnersSupport], { hours: 2 })
    expect(bench.tenant.users.get(janeOkta).app_metadata).toEqual({
      ...app_metadata,
      okta_grants: [
        { kind: 'role', id: 'rol_billing', name: 'Billing', until: isoAt(2) },
        { kind: 'role', id: 'rol_support', name: 'Support', organization: 'org_partners', until: isoAt(2) },
        { kind: 'organization', id: 'org_partners', name: 'partners', until: isoAt(2), for: { rol_support: isoAt(2) } },
      ],
    })
  })

  it('notes the end before it gives, so that nothing is given without its end', async () => {
    await using bench = await startAccess()
    bench.tenant.misbehave({ method: 'PATCH', status: 500 })
    await expect(bench.provision([billing], { hours: 2 })).rejects.toThrow(/500/)
    expect(bench.rolesOf(janeOkta)).toEqual([])
  })

  it('is extended by a later one, and has no end after one without', async () => {
    await using bench = await startAccess()
    await bench.provision([billing], { hours: 2 })
    await bench.provision([billing], { hours: 3, now: 1 })
    expect(bench.notesOf(janeOkta)).toMatchObject([{ until: isoAt(4) }])
    await bench.provision([billing])
    expect(bench.notesOf(janeOkta)).toBeUndefined()
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])
  })

  it('keeps its later end when a shorter one follows: access ends with its last grant', async () => {
    await using bench = await startAccess()
    await bench.provision([billing, partnersSupport], { hours: 3 })
    await bench.provision([billing, partnersSupport], { hours: 1, now: 1 })
    expect(bench.notesOf(janeOkta)).toMatchObject([{ until: isoAt(3) }, { until: isoAt(3) }, { until: isoAt(3) }])
  })

  it('notes no end for access that was there before', async () => {
    await using bench = await startAccess()
    bench.tenant.roles.assign(janeOkta, ['rol_billing'])
    bench.tenant.organizations.addMember('org_partners', janeOkta)
    await bench.provision([billing, partnersSupport], { hours: 2 })
    expect(bench.notesOf(janeOkta)).toEqual([
      { kind: 'role', id: 'rol_support', name: 'Support', organization: 'org_partners', until: isoAt(2) },
    ])
  })

  it('keeps its end through a repeat after a cut connection', async () => {
    await using bench = await startAccess()
    bench.tenant.misbehave({ method: 'POST', path: /roles$/, cut: 'after', times: 1 })
    await expect(bench.provision([billing], { hours: 2 })).rejects.toThrow()
    await bench.provision([billing], { hours: 2, now: 0.01 })
    expect(bench.notesOf(janeOkta)).toMatchObject([{ kind: 'role', until: isoAt(2.01) }])
  })

  it('drops notes that are over, unless the access is still there: it would count again', async () => {
    await using bench = await startAccess()
    await bench.provision([billing, support], { hours: 1 })
    bench.tenant.roles.unassign(janeOkta, ['rol_support'])
    await bench.provision([partners], { hours: 1, now: 2 })
    expect(bench.notesOf(janeOkta)).toMatchObject([{ id: 'rol_billing', until: isoAt(1) }, { id: 'org_partners' }])
  })

  it('is refused where somebody else’s value lies under the key, and without an end it is not', async () => {
    const app_metadata = { okta_grants: 'mine' }
    await using bench = await startAccess({ tenant: { users: [{ ...enterprise, app_metadata }] } })
    await expect(bench.provision([billing], { hours: 2 })).rejects.toThrow(/okta_grants that the hub did not write/)
    await bench.provision([billing])
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])
    expect(bench.notesOf(janeOkta)).toBe('mine')
  })

  it('is refused where the profile has no room for its end', async () => {
    const app_metadata = { history: 'x'.repeat(9_950) }
    await using bench = await startAccess({ tenant: { users: [{ ...enterprise, app_metadata }] } })
    await expect(bench.provision([billing], { hours: 2 })).rejects.toThrow(/has no room.*10000/)
    expect(bench.rolesOf(janeOkta)).toEqual([])
  })
})

describe('beside the status sync', () => {
  it('the notes outlast a lockout and an opening, and the status object outlasts a grant', async () => {
    await using bench = await startAccess()
    await bench.provision([billing], { hours: 2 })
    const notes = bench.notesOf(janeOkta)
    expect((await bench.run(person('deny'))).left).toEqual([])
    expect(bench.notesOf(janeOkta)).toEqual(notes)
    expect((await bench.run(person('allow', { links: [janeOkta] }))).left).toEqual([])
    expect(bench.notesOf(janeOkta)).toEqual(notes)

    const status = bench.tenant.users.get(janeOkta).app_metadata.okta
    await bench.provision([support], { hours: 2, person: jane })
    await bench.deprovision([billing, support])
    expect(bench.tenant.users.get(janeOkta).app_metadata.okta).toEqual(status)
    expect(status).toMatchObject({ id: janeId, deactivated: false })
  })

  it('a grant makes no change of status, and a status no change of grants', async () => {
    await using bench = await startAccess()
    await bench.provision([billing], { hours: 2 })
    expect((await bench.plan(person('allow', { links: [janeOkta] }))).changes).toEqual([])
    await bench.run(person('deny'))
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])
  })

  it('writes its notes under the configured key', async () => {
    await using bench = await startAccess({ settings: { AUTH0_METADATA_KEY: 'idp' }, tenant: { roles, organizations } })
    await bench.provision([billing], { hours: 2 })
    expect(Object.keys(bench.tenant.users.get(janeOkta).app_metadata)).toEqual(['idp_grants'])
  })
})

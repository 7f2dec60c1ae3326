import { describe, expect, it } from 'vitest'
import { PermanentError } from '../../../src/index.ts'
import {
  billing,
  isoAt,
  janeOkta,
  organizations,
  partners,
  partnersBilling,
  partnersSupport,
  startAccess,
  support,
} from '../../../test/connectors/auth0-access.ts'
import { database, hubObject, janeId, person } from '../../../test/connectors/auth0-bench.ts'

const enterprise = { connection: 'acme-okta', id: janeId, email: 'Jane.Doe@acme.example' }
const byEmail = { connection: database, id: 'db', email: 'jane.doe@acme.example' }
const everything = [billing, partnersSupport, partners]

describe('taking access away at Auth0', () => {
  it('takes roles, memberships and the notes of their ends', async () => {
    await using bench = await startAccess()
    await bench.provision([...everything, support], { hours: 2 })
    await bench.deprovision(everything)
    expect(await bench.has([...everything, support])).toEqual([support])
    expect(bench.notesOf(janeOkta)).toMatchObject([{ kind: 'role', id: 'rol_support' }])
    await bench.deprovision([support])
    expect(bench.notesOf(janeOkta)).toBeUndefined()
  })

  it('is done when there is nothing, no role, no organization, no user', async () => {
    await using bench = await startAccess()
    await bench.deprovision([...everything, 'role:rol_none', 'organization:org_none/role:rol_none'])
    await bench.deprovision(everything)
    bench.tenant.users.remove(janeOkta)
    await bench.deprovision(everything)
    expect(bench.tenant.calls.filter(({ method }) => method === 'DELETE' || method === 'PATCH')).toEqual([])
  })

  it('takes the role though Auth0 refuses to change the note of its end (case 17)', async () => {
    await using bench = await startAccess()
    await bench.provision([billing, support], { hours: 2 })
    bench.tenant.misbehave({ method: 'PATCH', status: 413 })
    await bench.deprovision([billing])
    expect(bench.rolesOf(janeOkta)).toEqual(['rol_support'])
    expect(bench.logged).toEqual([expect.stringContaining('refused to change the note')])
  })

  it('is done for a linked user who is gone', async () => {
    await using bench = await startAccess({ tenant: { users: [] } })
    await bench.deprovision(everything, { person: person('deny', { links: ['auth0|gone'] }) })
  })

  it('leaves an organization with its last role, if the hub made the membership for roles alone', async () => {
    await using bench = await startAccess()
    await bench.provision([partnersBilling, partnersSupport])
    await bench.deprovision([partnersBilling])
    expect(await bench.has([partners])).toEqual([partners])
    await bench.deprovision([partnersSupport])
    expect(await bench.has([partners])).toEqual([])
    expect(bench.notesOf(janeOkta)).toBeUndefined()
  })

  it('keeps a membership that was there before its roles, or was asked for by itself', async () => {
    await using bench = await startAccess({
      tenant: { organizations: organizations.map((one) => ({ ...one, members: [janeOkta] })) },
    })
    await bench.provision([partnersBilling], { hours: 1 })
    await bench.deprovision([partnersBilling])
    expect(await bench.has([partners])).toEqual([partners])

    await using asked = await startAccess()
    await asked.provision([partnersBilling, partners])
    await asked.deprovision([partnersBilling])
    expect(await asked.has([partners])).toEqual([partners])
  })

  it('keeps a membership that lasts longer than the role, with its own end', async () => {
    await using bench = await startAccess()
    await bench.provision([partners], { hours: 1 })
    await bench.provision([partnersBilling], { hours: 3 })
    expect(bench.notesOf(janeOkta)).toMatchObject([{ until: isoAt(3) }, { kind: 'organization', until: isoAt(3) }])
    await bench.deprovision([partnersBilling])
    expect(bench.notesOf(janeOkta)).toMatchObject([{ kind: 'organization', until: isoAt(1) }])
  })

  it('takes from users found by e-mail alone, and from deactivated ones', async () => {
    const deactivated = { ...enterprise, app_metadata: { okta: hubObject() }, blocked: true }
    await using bench = await startAccess({ tenant: { users: [deactivated, byEmail] } })
    for (const id of [janeOkta, 'auth0|db']) bench.tenant.roles.assign(id, ['rol_billing'])
    expect(await bench.has([billing])).toEqual([billing])
    await bench.deprovision([billing], { person: person('deny') })
    expect([...bench.rolesOf(janeOkta), ...bench.rolesOf('auth0|db')]).toEqual([])
    expect(bench.tenant.users.get(janeOkta).app_metadata.okta).toEqual(hubObject())
  })

  it('leaves a user alone that is, or may be, somebody else’s', async () => {
    const theirs = { ...byEmail, id: 'theirs', app_metadata: { okta: hubObject({ id: '00u2somebodyelse' }) } }
    await using bench = await startAccess({ tenant: { users: [theirs] } })
    bench.tenant.roles.assign('auth0|theirs', ['rol_billing'])
    await bench.deprovision([billing])
    expect(bench.rolesOf('auth0|theirs')).toEqual(['rol_billing'])
    expect(bench.logged).toHaveLength(1)

    await using shared = await startAccess({ tenant: { users: [byEmail] } })
    shared.tenant.roles.assign('auth0|db', ['rol_billing'])
    const others = [{ email: 'jane.doe@acme.example', authorityId: '00u3max', access: 'allow' as const }]
    await shared.deprovision([billing], { person: person('allow', { others }) })
    expect(shared.rolesOf('auth0|db')).toEqual(['rol_billing'])
    expect(await shared.has([billing], { person: person('allow', { others }) })).toEqual([])
  })

  it('does not take for gone what a user has whom the person was known by, and who is somebody else’s now (case 16)', async () => {
    const others = [{ email: 'jane.doe@acme.example', authorityId: '00u3max', access: 'allow' as const }]
    const known = { person: person('allow', { others, links: ['auth0|db'] }) }
    await using bench = await startAccess({ tenant: { users: [byEmail] } })
    bench.tenant.roles.assign('auth0|db', ['rol_billing'])
    await bench.deprovision([billing, support], known)
    const { sights } = await bench.look([billing, support], known)
    expect(sights.map(({ state }) => state)).toEqual(['nobody', 'gone'])
    bench.tenant.users.remove('auth0|db')
    expect((await bench.look([billing], known)).sights).toEqual([{ target: billing, state: 'gone' }])
    // Whom nobody was found for was not seen to be without it.
    expect((await bench.look([billing])).sights).toEqual([{ target: billing, state: 'nobody' }])
  })

  it.each([
    ['without a list', {}],
    ['cut short of its total', { roles: [], start: 0, limit: 50, length: 0, total: 1 }],
  ])('does not take a role for gone by an answer %s (case 23)', async (_what, body) => {
    await using bench = await startAccess()
    bench.tenant.roles.assign(janeOkta, ['rol_billing'])
    const path = /\/users\/[^/]+\/roles$/
    bench.tenant.misbehave({
      method: 'GET',
      path,
      answer: { status: 200, body: JSON.stringify(body), headers: [['content-type', 'application/json']] },
    })
    await expect(bench.look([billing])).rejects.toThrow(/list/)
    await expect(bench.deprovision([billing])).rejects.toThrow(/list/)
  })

  it('does not take a search without a list for nobody (case 13)', async () => {
    await using bench = await startAccess({ tenant: { users: [byEmail] } })
    bench.tenant.misbehave({
      method: 'GET',
      path: /\/users$/,
      answer: { status: 200, body: '{}', headers: [['content-type', 'application/json']] },
    })
    await expect(bench.look([billing])).rejects.toThrow('something other than a list')
  })

  it('leaves alone what somebody else wrote under the key', async () => {
    const app_metadata = { okta_grants: { mine: true } }
    await using bench = await startAccess({ tenant: { users: [{ ...enterprise, app_metadata }] } })
    bench.tenant.roles.assign(janeOkta, ['rol_billing'])
    await bench.deprovision([billing])
    expect(bench.rolesOf(janeOkta)).toEqual([])
    expect(bench.notesOf(janeOkta)).toEqual({ mine: true })
  })
})

describe('taking access away from somebody the authority does not know', () => {
  const ask = { person: null, email: 'JANE.doe@acme.example' }

  it('takes it from users with exactly this e-mail, in any case, whoever owns them', async () => {
    const near = [
      { connection: database, id: 'longer', email: 'xjane.doe@acme.example' },
      { connection: database, id: 'domain', email: 'jane.doe@acme.example.org' },
    ]
    await using bench = await startAccess({ tenant: { users: [enterprise, byEmail, ...near] } })
    const all = [janeOkta, 'auth0|db', 'auth0|longer', 'auth0|domain']
    for (const id of all) bench.tenant.roles.assign(id, ['rol_billing'])
    expect(await bench.has([billing, support], ask)).toEqual([billing])
    await bench.deprovision([billing], ask)
    expect(all.map(bench.rolesOf)).toEqual([[], [], ['rol_billing'], ['rol_billing']])
    expect(await bench.has([billing], ask)).toEqual([])
  })

  it('is done when nobody has the e-mail', async () => {
    await using bench = await startAccess()
    await bench.deprovision([billing], { person: null, email: 'nobody@acme.example' })
    expect(await bench.has([billing], { person: null, email: 'nobody@acme.example' })).toEqual([])
  })
})

describe('taking access away when calls fail', () => {
  it.each([
    ['an answer of 500', { status: 500 }],
    ['a cut connection', { cut: 'before' as const }],
  ])('goes on to the other users after %s, fails, and completes the next time', async (_, fault) => {
    await using bench = await startAccess({ tenant: { users: [enterprise, byEmail] } })
    for (const id of [janeOkta, 'auth0|db']) bench.tenant.roles.assign(id, ['rol_billing'])
    bench.tenant.misbehave({ method: 'DELETE', path: `/api/v2/users/${janeOkta}/roles`, ...fault })
    const failure = await bench.deprovision([billing]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(PermanentError)
    expect([bench.rolesOf(janeOkta), bench.rolesOf('auth0|db')]).toEqual([['rol_billing'], []])

    bench.tenant.calm()
    await bench.deprovision([billing])
    expect(bench.rolesOf(janeOkta)).toEqual([])
  })

  it('takes what it sees when a search fails, and fails for the rest', async () => {
    await using bench = await startAccess()
    bench.tenant.roles.assign(janeOkta, ['rol_billing'])
    bench.tenant.misbehave({ method: 'GET', path: '/api/v2/users-by-email', status: 500 })
    await expect(bench.deprovision([billing])).rejects.toThrow(/500/)
    expect(bench.rolesOf(janeOkta)).toEqual([])
    await expect(bench.has([billing])).rejects.toThrow(/500/)
  })

  it('keeps the note of the end while the access could not be taken', async () => {
    await using bench = await startAccess()
    await bench.provision([billing], { hours: 1 })
    bench.tenant.misbehave({ method: 'DELETE', status: 500 })
    await expect(bench.deprovision([billing])).rejects.toThrow(/500/)
    expect(bench.notesOf(janeOkta)).toMatchObject([{ id: 'rol_billing', until: isoAt(1) }])
  })

  it('stops at a rate limit and at a refused credential', async () => {
    await using bench = await startAccess({ tenant: { users: [enterprise, byEmail] } })
    for (const id of [janeOkta, 'auth0|db']) bench.tenant.roles.assign(id, ['rol_billing'])
    bench.tenant.misbehave({ method: 'DELETE', status: 429, resetSeconds: 30, times: 1 })
    await expect(bench.deprovision([billing])).rejects.toMatchObject({ name: 'RetryAfterError' })
    expect([bench.rolesOf(janeOkta), bench.rolesOf('auth0|db')].flat()).toHaveLength(2)
    bench.tenant.tokens.revoke()
    await expect(bench.deprovision([billing])).rejects.toMatchObject({ name: 'CredentialError' })
  })
})

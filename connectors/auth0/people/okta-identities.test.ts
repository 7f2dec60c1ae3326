import { describe, expect, it } from 'vitest'
import { database, janeId, person, startBench } from '../../../test/connectors/auth0-bench.ts'
import { findUsersToGrant } from './access-users.ts'

const login = 'Jane.Doe@acme.example'
const connections = [
  { name: database, strategy: 'auth0' },
  { name: 'okta-saml', strategy: 'samlp' },
  { name: 'okta-oidc', strategy: 'oidc' },
  { name: 'unnamed-saml', strategy: 'samlp' },
]
const settings = { AUTH0_OKTA_CONNECTIONS: 'okta-saml,okta-oidc' }
const saml = { connection: 'okta-saml', id: login }
const oidc = { connection: 'okta-oidc', id: janeId }

const blockedOf = ({ tenant }: Awaited<ReturnType<typeof startBench>>) =>
  tenant.users.list().flatMap((user) => (user.blocked ? user.user_id : []))

describe('people who come in through a connection that Okta feeds', () => {
  it('locks who has no e-mail, by the login of SAML and by the Okta id of OpenID (case 18)', async () => {
    await using bench = await startBench({ tenant: { connections, users: [saml, oidc] }, settings })
    await bench.run(person('deny', { logins: [login] }))
    expect(blockedOf(bench)).toEqual([`samlp|okta-saml|${login}`, `oidc|okta-oidc|${janeId}`])
  })

  it.each([
    ['as Okta wrote it', login, [login]],
    ['folded', login.toLowerCase(), [login]],
    ['in the spelling of the e-mail', 'jane.DOE@acme.example', [login]],
  ])('finds a NameID %s (case 18)', async (_, nameId, logins) => {
    await using bench = await startBench({ tenant: { connections, users: [{ ...saml, id: nameId }] }, settings })
    await bench.run(person('deny', { logins, emails: ['jane.DOE@acme.example'] }))
    expect(blockedOf(bench)).toEqual([`samlp|okta-saml|${nameId}`])
  })

  it('locks the account that holds such an identity as a linked one (case 18)', async () => {
    const home = { connection: database, id: 'home', email: 'other@mail.example' }
    await using bench = await startBench({ tenant: { connections, users: [home, saml] }, settings })
    bench.tenant.users.link('auth0|home', { provider: 'samlp', user_id: `okta-saml|${login}` })
    await bench.run(person('deny', { logins: [login] }))
    expect(blockedOf(bench)).toEqual(['auth0|home'])
  })

  it('locks under a login of before only if nobody else who may log in has it (case 18)', async () => {
    const old = 'jane.maiden@acme.example'
    const users = [{ ...saml, id: old }]
    const facts = { logins: [login], formerLogins: [old], formerEmails: [old] }
    const others = [{ email: old, authorityId: '00u9other000000000x7', access: 'allow' as const }]
    await using taken = await startBench({ tenant: { connections, users }, settings })
    const { plan } = await taken.run(person('deny', { ...facts, others }))
    expect(plan.conflicts).toHaveLength(1)
    expect(blockedOf(taken)).toEqual([])

    await using free = await startBench({ tenant: { connections, users }, settings })
    await free.run(person('deny', facts))
    expect(blockedOf(free)).toEqual([`samlp|okta-saml|${old}`])
  })

  it('takes an identity in a connection that nobody named for no proof (case 18)', async () => {
    const users = [{ connection: 'unnamed-saml', id: login }]
    await using bench = await startBench({ tenant: { connections, users }, settings })
    const { plan } = await bench.run(person('deny', { logins: [login] }))
    expect(plan.changes).toEqual([])
    expect(blockedOf(bench)).toEqual([])
  })

  it('counts an identity in a named connection as the person’s own for a grant (case 19)', async () => {
    const users = [{ ...saml, email: login }]
    await using bench = await startBench({ tenant: { connections, users }, settings })
    const { signal } = new AbortController()
    const found = await findUsersToGrant(person('allow', { logins: [login] }), { ...bench, signal })
    expect(found.users.map(({ user_id }) => user_id)).toEqual([`samlp|okta-saml|${login}`])
  })

  it('says that naming the connection would help, where it is not named (case 19)', async () => {
    const users = [{ connection: 'unnamed-saml', id: login, email: login }]
    await using bench = await startBench({ tenant: { connections, users }, settings })
    const { signal } = new AbortController()
    const found = await findUsersToGrant(person('allow', { logins: [login] }), { ...bench, signal })
    expect(found.users).toEqual([])
    expect(found.leftOut).toEqual([expect.stringMatching(/unnamed-saml, naming it in AUTH0_OKTA_CONNECTIONS/)])
  })
})

describe('e-mails and letters', () => {
  it('asks for an address as Okta wrote it too, which the search does not show yet (case 13)', async () => {
    await using bench = await startBench({ tenant: { searchLagMs: Number.POSITIVE_INFINITY } })
    bench.tenant.users.seed({ connection: database, id: '1', email: 'casey.park@example.com' })
    bench.tenant.users.seed({ connection: 'google-oauth2', id: '2', email: 'Casey.Park@Example.com' })
    await bench.run(person('deny', { emails: ['Casey.Park@Example.com'] }))
    expect(blockedOf(bench)).toEqual(['auth0|1', 'google-oauth2|2'])
  })

  it('asks for an address as the login spells it, and as it was spelled before (case 13)', async () => {
    await using bench = await startBench({ tenant: { searchLagMs: Number.POSITIVE_INFINITY } })
    for (const [id, email] of Object.entries({ 1: 'CASEY@example.com', 2: 'Casey.Old@example.com' })) {
      bench.tenant.users.seed({ connection: 'google-oauth2', id, email })
    }
    const facts = {
      emails: ['casey@example.com'],
      logins: ['CASEY@example.com'],
      formerEmails: ['Casey.Old@example.com'],
    }
    await bench.run(person('deny', facts))
    expect(blockedOf(bench)).toEqual(['google-oauth2|1', 'google-oauth2|2'])
  })

  it('locks nobody whose address is the leaver’s but for the Kelvin sign (attack 8)', async () => {
    const users = [{ connection: database, id: 'kate', email: 'kate@acme.example' }]
    await using bench = await startBench({ tenant: { users } })
    const { plan } = await bench.run(person('deny', { emails: ['\u212Aate@acme.example'] }))
    expect(plan.changes).toEqual([])
    expect(blockedOf(bench)).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { invoke, ObjectRefusedError, PermanentError } from '../../src/index.ts'
import { adaEmail, knownPerson, thrownBy } from '../../test/connectors/inline-context.ts'
import { lightRole, staffRole, startZendeskBench, teamLeadRole } from '../../test/connectors/zendesk-bench.ts'
import zendesk from './index.ts'

const agent = 'role:agent'
const staff = 'role:custom:502'
const light = 'role:light_agent'
const roles = [lightRole, staffRole, teamLeadRole]
const ada = { id: 7, email: 'Ada.Kern@acme.example', name: 'Ada Kern' }

describe('a grant', () => {
  test('makes an agent of an end user, found by the e-mail in whatever letters', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [ada] } })
    expect(await bench.has([agent])).toEqual([])
    await bench.provision([agent])
    expect(await bench.has([agent])).toEqual([agent])
    expect(bench.writes()).toEqual([{ call: 'PUT /api/v2/users/:id', body: { user: { role: 'agent' } } }])
  })

  test('creates who is not there, in one call, and finds them at once though the search lags', async () => {
    await using bench = await startZendeskBench({ tenant: { searchLagMs: Number.POSITIVE_INFINITY } })
    await bench.provision([agent])
    const user = { name: 'Ada Kern', email: adaEmail, role: 'agent' }
    expect(bench.writes()).toEqual([{ call: 'POST /api/v2/users', body: { user } }])
    expect(await bench.has([agent])).toEqual([agent])
    await bench.deprovision([agent])
    expect(bench.userOf()?.role).toBe('end-user')
  })

  test('creates under the e-mail who has no name', async () => {
    await using bench = await startZendeskBench()
    await bench.provision([agent], { names: false })
    expect(bench.userOf()?.name).toBe(adaEmail)
  })

  test.each([
    ['a custom role', staff, 502],
    ['the light agent, whatever its id', light, 501],
  ])('gives %s', async (_, target, id) => {
    await using bench = await startZendeskBench({ tenant: { users: [ada], roles } })
    await bench.provision([target])
    expect(bench.userOf()).toMatchObject({ role: 'agent', custom_role_id: id })
    expect(await bench.has([agent, staff, light])).toEqual([target])
  })

  test('that is repeated changes nothing', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [ada], roles } })
    await bench.provision([staff])
    await bench.provision([staff])
    expect(bench.writes()).toHaveLength(1)
  })

  test.each([
    ['an administrator', { role: 'admin' as const, role_type: 4 }],
    ['a billing administrator', { role: 'agent' as const, role_type: 5 }],
    ['a suspended user', { suspended: true }],
    ['an agent with another role', { role: 'agent' as const, role_type: 1, custom_role_id: 501 }],
    ['a user who is shared from another account', { shared: true }],
  ])('to %s is refused, and changes nothing', async (_, state) => {
    await using bench = await startZendeskBench({ tenant: { users: [{ ...ada, ...state }], roles } })
    const before = structuredClone(bench.userOf())
    expect(await thrownBy(bench.provision([staff]))).toBeInstanceOf(PermanentError)
    expect(bench.userOf()).toEqual(before)
  })

  test('takes the place of another role only where that is configured', async () => {
    const users = [{ ...ada, role: 'agent' as const, role_type: 1, custom_role_id: 501 }]
    await using bench = await startZendeskBench({
      tenant: { users, roles },
      settings: { ZENDESK_REPLACE_ROLE: 'true' },
    })
    await bench.provision([staff])
    expect(await bench.has([staff, light])).toEqual([staff])
  })

  test.each([
    ['may manage the team', 'role:custom:503', 'manage_team_members'],
    ['is not there', 'role:custom:999', 'no custom role 999'],
  ])('of a role that %s is refused', async (_, target, words) => {
    await using bench = await startZendeskBench({ tenant: { users: [ada], roles } })
    const error = await thrownBy(bench.provision([target]))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain(words)
    expect(bench.writes()).toEqual([])
  })

  test('of the light agent is refused where the plan has none', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [ada] } })
    expect(await thrownBy(bench.provision([light]))).toBeInstanceOf(PermanentError)
  })

  test('of two roles at once is refused', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [ada], roles } })
    expect(await thrownBy(bench.provision([staff, light]))).toBeInstanceOf(PermanentError)
    expect(bench.writes()).toEqual([])
  })

  test('without a seat left is refused, and says so', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [ada], seats: 1 } })
    const error = await thrownBy(bench.provision([agent]))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('No agent seat is left')
    expect(bench.userOf()?.role).toBe('end-user')
  })

  test('to nobody is refused where users are not to be created', async () => {
    await using bench = await startZendeskBench({ settings: { ZENDESK_CREATE: 'false' } })
    expect(await thrownBy(bench.provision([agent]))).toBeInstanceOf(PermanentError)
    expect(bench.writes()).toEqual([])
  })

  test('leaves alone whom only a second e-mail ties to the person, and calls it neither done nor refused', async () => {
    const users = [{ id: 8, email: 'someone@acme.example', otherEmails: [adaEmail] }]
    await using bench = await startZendeskBench({ tenant: { users } })
    const error = await thrownBy(bench.provision([agent]))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(PermanentError)
    expect(bench.userOf('someone@acme.example')?.role).toBe('end-user')
  })

  test('to one of two users of the same person is refused', async () => {
    const users = [ada, { id: 8, email: 'ada@acme.example' }]
    await using bench = await startZendeskBench({ tenant: { users } })
    const person = knownPerson({ emails: [adaEmail, 'ada@acme.example'] })
    expect(await thrownBy(bench.provision([agent], { person }))).toBeInstanceOf(PermanentError)
    expect(bench.writes()).toEqual([])
  })

  test.each(['"x" role:admin@acme.example', '*@acme.example'])('for %s asks Zendesk for nobody', async (email) => {
    await using bench = await startZendeskBench({ tenant: { users: [ada] } })
    expect(await thrownBy(bench.provision([agent], { email }))).toBeInstanceOf(PermanentError)
    expect(bench.tenant.calls).toEqual([])
  })
})

describe('taking away', () => {
  test('makes an end user again, and is done when repeated', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [ada], roles } })
    await bench.provision([staff])
    await bench.deprovision([staff])
    await bench.deprovision([staff])
    expect(bench.userOf()).toMatchObject({ role: 'end-user', custom_role_id: null })
    expect(bench.writes()).toHaveLength(2)
    expect(await bench.has([staff])).toEqual([])
  })

  test('goes by the request’s e-mail when the authority knows nobody', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [{ ...ada, role: 'agent' }] } })
    await bench.deprovision([agent], { person: null })
    expect(bench.userOf()?.role).toBe('end-user')
  })

  test('from somebody who is no user, or was deleted, is done', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [{ ...ada, role: 'agent', active: false }] } })
    await bench.deprovision([agent])
    await bench.deprovision([agent], { email: 'nobody@acme.example' })
    expect(bench.writes()).toEqual([])
  })

  test('leaves another role alone', async () => {
    const users = [{ ...ada, role: 'agent' as const, role_type: 1, custom_role_id: 501 }]
    await using bench = await startZendeskBench({ tenant: { users, roles } })
    await bench.deprovision([agent, staff])
    expect(bench.userOf()?.custom_role_id).toBe(501)
  })

  test('touches no administrator', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [{ ...ada, role: 'admin', role_type: 4 }] } })
    expect(await thrownBy(bench.deprovision([agent]))).toBeInstanceOf(PermanentError)
    expect(bench.userOf()?.role).toBe('admin')
  })

  test('is not called done by a credential that may not look', async () => {
    await using bench = await startZendeskBench({ tenant: { users: [{ ...ada, role: 'agent' }] } })
    bench.tenant.misbehave({ path: '/api/v2/users/search', status: 403 })
    expect(await thrownBy(bench.deprovision([agent]))).toBeInstanceOf(ObjectRefusedError)
    expect(await thrownBy(bench.has([agent]))).toBeInstanceOf(ObjectRefusedError)
  })
})

test('a role that is not in the allow-list is refused before Zendesk is asked', async () => {
  await using bench = await startZendeskBench({ tenant: { users: [ada] } })
  const { oauthToken: ZENDESK_OAUTH_TOKEN } = bench.tenant.credentials
  const address = { ZENDESK_SUBDOMAIN: 'acme', ZENDESK_BASE_URL: bench.tenant.url }
  const config = { ...address, ZENDESK_OAUTH_TOKEN, ZENDESK_GRANTS: '{"desk": {"agent": "role:agent"}}' }
  const ask = (value: string) => ({
    request: { subject: { email: adaEmail }, application: { id: 'desk' }, permissions: [{ value }] },
  })
  expect(await thrownBy(invoke(zendesk, 'provision', ask('admin'), { config }))).toBeInstanceOf(PermanentError)
  expect(bench.tenant.calls).toEqual([])
  await invoke(zendesk, 'provision', ask('agent'), { config })
  expect(await invoke(zendesk, 'has', ask('agent'), { config })).toEqual(['role:agent'])
})

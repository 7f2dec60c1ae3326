import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { MissingRightError, RetryAfterError } from '../../../src/index.ts'
import {
  billing,
  catchError,
  crm,
  granterScopes,
  reader,
  startOktaBench,
  support,
} from '../../../test/connectors/okta-bench.ts'

describe('what goes wrong on the way', () => {
  test.each(['provision', 'deprovision', 'has'] as const)('%s comes back when Okta says so', async (handler) => {
    await using handlers = await startOktaBench()
    handlers.tenant.misbehave({ path: /groups/, status: 429, resetSeconds: 40, times: 1 })
    const thrown = await catchError(handlers[handler]([billing]))
    expect(thrown).toBeInstanceOf(RetryAfterError)
    expect(thrown).toHaveProperty('retryAfterSeconds', expect.closeTo(40, -1))
  })

  test.each(['provision', 'deprovision', 'has'] as const)('%s takes a 500 for a temporary error', async (handler) => {
    await using handlers = await startOktaBench()
    handlers.tenant.misbehave({ path: /groups/, status: 500, times: 1 })
    expect(await catchError(handlers[handler]([billing]))).toMatchObject({
      name: 'Error',
      message: expect.stringContaining('500'),
    })
  })

  test.each([
    ['PUT', billing],
    ['POST', crm],
  ])(
    'a %s whose answer was cut off is not sent again by itself, and the next try finds it done',
    async (method, target) => {
      await using bench = await startOktaBench()
      const { provision, has } = bench
      bench.tenant.misbehave({ method, cut: 'after', times: 1 })
      expect((await catchError(provision([target]))).name).not.toMatch(/Permanent|Credential|MissingRight/)
      expect(bench.writes()).toHaveLength(1)
      expect(await has([target])).toEqual([target])
      await provision([target])
      expect(bench.tenant.log.query({}).events).toHaveLength(1)
    },
  )

  test('half of a request is given: the next try gives the rest', async () => {
    await using bench = await startOktaBench()
    const { provision } = bench
    bench.tenant.misbehave({ method: 'POST', path: '/api/v1/apps', status: 500, times: 1 })
    await catchError(provision([billing, crm]))
    expect([bench.groups(), bench.apps()]).toEqual([['00gbilling'], []])
    await provision([billing, crm])
    expect([bench.groups(), bench.apps()]).toEqual([['00gbilling'], ['00ulena USER']])
  })

  test('one removal that fails does not keep the others', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision } = bench
    await provision([billing, crm])
    bench.tenant.misbehave({ method: 'DELETE', path: '/api/v1/groups', status: 500, times: 1 })
    await expect(deprovision([billing, crm])).rejects.toThrow('removing 00ulena from the group 00gbilling')
    expect([bench.groups(), bench.apps()]).toEqual([['00gbilling'], []])
  })

  test('a removal that Okta accepts and does not show is not believed', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision } = bench
    await provision([billing])
    // As for a credential that cannot see the group: Okta says that there is none.
    bench.tenant.misbehave({ method: 'DELETE', status: 404, times: 1 })
    const thrown = await catchError(deprovision([billing]))
    expect(thrown).toMatchObject({ name: 'Error', message: expect.stringContaining('still shows group:00gbilling') })
  })
})

describe('what a credential cannot see', () => {
  test('an app that the granting credential does not see any more is not taken for gone', async () => {
    await using bench = await startOktaBench()
    await bench.provision([crm])
    bench.tenant.misbehave({ path: '/api/v1/apps/', status: 404 })
    const thrown = await catchError(bench.deprovision([crm]))
    expect(thrown).toBeInstanceOf(MissingRightError)
    expect(thrown.message).toContain('cannot see it')
    bench.tenant.calm()
    await bench.deprovision([crm])
    expect(bench.apps()).toEqual([])
  })

  test('a reading credential that may not see groups is a missing right: it still reads people', async () => {
    await using bench = await startOktaBench()
    bench.tenant.misbehave({ path: /users\/00ulena\/groups/, status: 403 })
    await expect(bench.has([billing])).rejects.toBeInstanceOf(MissingRightError)
    expect(await bench.read()).toMatchObject({ status: 'ACTIVE' })
  })
})

describe('the credential that grants', () => {
  test('refused, it is a missing right and pauses nothing: the hub still reads people', async () => {
    await using bench = await startOktaBench()
    const { provision, read } = bench
    bench.tenant.credentials.revoke('granter')
    const thrown = await catchError(provision([billing]))
    expect(thrown).toBeInstanceOf(MissingRightError)
    expect(thrown.message).toMatch(/401 E0000011.*Mend OKTA_GRANTS_API_TOKEN/)
    expect(await read()).toMatchObject({ status: 'ACTIVE' })
  })

  const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const asApp = {
    OKTA_API_TOKEN: 'reader',
    OKTA_GRANTS_CLIENT_ID: '0oagrants',
    OKTA_GRANTS_PRIVATE_KEY: pem.replaceAll('\n', '\\n'),
    OKTA_GRANTS_KEY_ID: 'kid1',
  }
  const publicKey = key.publicKey.export({ format: 'jwk' })
  const service = { clientId: '0oagrants', publicKey, scopes: granterScopes }

  test('signs in as an app of its own, once, and anew when its token was revoked', async () => {
    await using bench = await startOktaBench({ settings: asApp, apps: [service] })
    const { provision, deprovision, issued } = bench
    await provision([billing])
    await provision([crm])
    expect(issued).toHaveLength(1)
    bench.tenant.credentials.revoke(issued[0] ?? '')
    await deprovision([billing, crm])
    expect(issued).toHaveLength(2)
    expect([bench.groups(), bench.apps()]).toEqual([[], []])
  })

  test.each(granterScopes)('without the scope %s nothing is given, and which one is said', async (missing) => {
    const scopes = granterScopes.filter((scope) => scope !== missing)
    await using bench = await startOktaBench({ settings: asApp, apps: [{ ...service, scopes }] })
    const { provision } = bench
    const thrown = await catchError(provision([billing]))
    expect(thrown).toBeInstanceOf(MissingRightError)
    expect(thrown.message).toContain('invalid_scope')
    expect(bench.writes()).toEqual([])
  })

  test('with a key that is none, its own setting is named', async () => {
    const settings = { ...asApp, OKTA_GRANTS_PRIVATE_KEY: 'nonsense' }
    await using bench = await startOktaBench({ settings, apps: [service] })
    const { provision } = bench
    await expect(provision([billing])).rejects.toThrow('OKTA_GRANTS_PRIVATE_KEY is not an RSA private key')
  })

  test('gone together with the list, a removal says that it is missing', async () => {
    await using bench = await startOktaBench({ settings: { OKTA_API_TOKEN: 'reader', OKTA_GRANTS: '{}' } })
    const { deprovision } = bench
    await expect(deprovision([billing])).rejects.toThrow(MissingRightError)
  })

  test('that may not change a group leaves it as it is, and says where the right is missing', async () => {
    const weak = { value: 'granter', scopes: ['okta.groups.read', 'okta.apps.read', 'okta.roles.read'] }
    await using bench = await startOktaBench({ tokens: [reader, weak] })
    const { provision, deprovision } = bench
    bench.tenant.groups.addMember('00gsupport', '00ulena')
    for (const act of [provision, deprovision]) {
      const thrown = await catchError(act([support]))
      expect(thrown).toBeInstanceOf(MissingRightError)
      expect(thrown.message).toMatch(/403 E0000006.*resource set/)
    }
  })

  test('is connected by the first grant and not by a read', async () => {
    await using bench = await startOktaBench({ settings: asApp, apps: [service] })
    const { client } = bench
    await client.get({ path: '/api/v1/users/00ulena' })
    expect(bench.tenant.calls.map(({ path }) => path)).toEqual(['/api/v1/users/00ulena'])
  })
})

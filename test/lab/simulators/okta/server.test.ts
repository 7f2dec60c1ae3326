import okta from '@okta/okta-sdk-nodejs'
import { expect, test } from 'vitest'
import { startOktaTenant } from '../../../../lab/simulators/okta/server.ts'
import { startHookEndpoint } from '../../../support/hook-endpoint.ts'
import { LENA, oktaWithClient } from '../../../support/tenant-clients.ts'

const sdk = ({ url, token }: { url: string; token: string }) =>
  new okta.Client({ orgUrl: url, token, cacheMiddleware: null })

test("Okta's own SDK registers a hook, deactivates a user and reads the new status", async () => {
  await using endpoint = await startHookEndpoint()
  await using tenant = await startOktaTenant({ users: [LENA] })
  const client = sdk(tenant)
  const hook = await client.eventHookApi.createEventHook({
    eventHook: {
      name: 'hub',
      events: { type: 'EVENT_TYPE', items: ['user.lifecycle.deactivate'] },
      channel: {
        type: 'HTTP',
        version: '1.0.0',
        config: { uri: endpoint.url, authScheme: { type: 'HEADER', key: 'Authorization', value: 's' } },
      },
    },
  })
  const verified = await client.eventHookApi.verifyEventHook({ eventHookId: String(hook.id) })
  await client.userApi.deactivateUser({ userId: LENA.id })
  await tenant.idle()

  expect(verified.verificationStatus).toBe('VERIFIED')
  expect((await client.userApi.getUser({ userId: LENA.id })).status).toBe('DEPROVISIONED')
  expect(endpoint.deliveries()).toHaveLength(1)
})

test("Okta's own SDK pages through users and reads the System Log", async () => {
  const users = ['ann', 'bob', 'cho'].map((name) => ({
    profile: { login: `${name}@acme.test`, firstName: name, lastName: 'Test' },
  }))
  await using tenant = await startOktaTenant({ users })
  const client = sdk(tenant)
  const logins: unknown[] = []
  await (await client.userApi.listUsers({ limit: 2 })).each((user) => void logins.push(user?.profile?.login))
  tenant.users.transition('ann@acme.test', 'suspend')
  const log = await client.systemLogApi.listLogEvents({ filter: 'eventType eq "user.lifecycle.suspend"' })
  const { value: event } = await log.next()

  expect(logins).toEqual(['ann@acme.test', 'bob@acme.test', 'cho@acme.test'])
  expect(event?.eventType).toBe('user.lifecycle.suspend')
})

test("Okta's own SDK meets an unknown user as a 404 with Okta's code", async () => {
  await using tenant = await startOktaTenant()

  await expect(sdk(tenant).userApi.getUser({ userId: '00unobody' })).rejects.toMatchObject({
    status: 404,
    errorCode: 'E0000007',
  })
})

test('every answer says how much of the rate limit is left', async () => {
  const { okta: tenant, call } = await oktaWithClient({ rateLimit: { burst: 2, perSecond: 0.01 } })
  await using _ = tenant
  const answers = []
  for (let turn = 0; turn < 3; turn += 1) answers.push(await call('GET', `/api/v1/users/${LENA.id}`))

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(answers.map(({ headers }) => headers.get('x-rate-limit-remaining'))).toEqual(['1', '0', '0'])
  expect(Number(answers[2]?.headers.get('x-rate-limit-reset'))).toBeGreaterThan(Date.now() / 1000 + 30)
})

import { expect, test } from 'vitest'
import { CAST, startTenants } from '../../../lab/simulators/seed.ts'

test('the cast is in both tenants, and the tenant has an Action of its own bound', async () => {
  await using tenants = await startTenants()
  const { okta, auth0 } = tenants

  expect(okta.users.get(CAST.lena.email)).toMatchObject({ id: CAST.lena.oktaId, status: 'ACTIVE' })
  expect(auth0.users.list().map((user) => user.user_id)).toEqual([
    CAST.lena.enterpriseUserId,
    CAST.lena.databaseUserId,
    CAST.omar.enterpriseUserId,
  ])
  expect(auth0.users.get(CAST.lena.enterpriseUserId).email).not.toBe(CAST.lena.email)
  expect(auth0.users.get(CAST.lena.databaseUserId).email).toBe(CAST.lena.email)
  expect(auth0.actions.bindings('post-login').map(({ displayName }) => displayName)).toEqual([CAST.ownAction])
})

test('everybody can log in before anything happens', async () => {
  await using tenants = await startTenants()
  for (const { user_id: userId } of tenants.auth0.users.list()) {
    const response = await fetch(`${tenants.auth0.url}/login`, {
      method: 'POST',
      body: JSON.stringify({ user_id: userId }),
    })

    expect(await response.json()).toMatchObject({ actions_run: [CAST.ownAction] })
    expect(response.status).toBe(200)
  }
})

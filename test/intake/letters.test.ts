import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const secretBytes = Buffer.alloc(32, 5)
const settings = {
  LUMOS_HOOK_SECRETS: `vault/*:${inlineSecret}`,
  PLATFORM_SIGNING_SECRETS: `vault/*:whsec_${secretBytes.toString('base64')}`,
}
const kim = { id: '00uexampleKIM01', email: 'kim.kern@acme-demo.test' }
/** Kelvin signs, which `toLowerCase` makes a k: the simulated Okta finds Kim by them, as an index may. */
const lookalike = '\u212Aim.\u212Aern@acme-demo.test'

async function start() {
  const stage = await setInlineStage({ db, settings })
  const [login, email] = [kim.email, kim.email]
  stage.tenants.okta.users.seed({ id: kim.id, profile: { login, email, firstName: 'Kim', lastName: 'Kern' } })
  const sendSigned = (kind: string, id: string, about: string) => {
    const body = JSON.stringify({
      ...{ subject: { email: about }, application: { id: 'orbit-admin' }, permissions: [{ value: 'billing:operate' }] },
    })
    const timestamp = String(Math.floor(Date.now() / 1000))
    const mac = createHmac('sha256', secretBytes).update(`${id}.${timestamp}.${body}`).digest('base64')
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
    return fetch(`${stage.hub.url}/hooks/platform/vault/${kind}`, { method: 'POST', headers, body })
  }
  return Object.assign(stage, { sendSigned })
}

test('a provision for an address with a Kelvin sign is refused at every door, and Kim gets nothing (attack 8)', async () => {
  await using stage = await start()
  const answers = [
    await stage.ask('provision', lumosBody({ email: lookalike })),
    await stage.sendSigned('provision', 'msg_1', lookalike),
  ]
  for (const answer of answers) {
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ code: 'refused' })
  }
  expect(stage.vault.held.size).toBe(0)
  expect(stage.vault.times('provision')).toBe(0)
  expect(await db.sql`select 1 from hub.access_grant`).toHaveLength(0)
  // Kim herself gets it, in whatever case of A–Z.
  expect((await stage.ask('provision', lumosBody({ email: kim.email.toUpperCase() }))).status).toBe(204)
})

test('a deprovision for an address with a Kelvin sign takes nothing from Kim (attack 8)', async () => {
  await using stage = await start()
  expect((await stage.ask('provision', lumosBody({ email: kim.email }))).status).toBe(204)
  expect(stage.vault.held.size).toBe(1)
  await stage.ask('deprovision', lumosBody({ email: lookalike }))
  await stage.sendSigned('deprovision', 'msg_2', lookalike)
  expect(stage.vault.held.size).toBe(1)
  expect(await db.sql`select 1 from hub.access_grant where ended_at is null`).toHaveLength(1)
})

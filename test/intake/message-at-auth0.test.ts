import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { CAST } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { type InlineStage, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

const db = await testDatabase()
const secretBytes = Buffer.alloc(32, 5)
const { role } = CAST.access
const settings = {
  PLATFORM_SIGNING_SECRETS: `auth0/*:whsec_${secretBytes.toString('base64')}`,
  PLATFORM_END_ACCESS: 'false',
  AUTH0_GRANTS: JSON.stringify({ crm: { billing: `role:${role.id}` } }),
}
const text = JSON.stringify({
  subject: { email: LENA.email },
  application: { id: 'crm' },
  permissions: [{ value: 'billing' }],
})

/** Sends a message as the platform would, signed anew each time. */
async function send({ hub }: InlineStage, kind: string, id: string) {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', secretBytes).update(`${id}.${timestamp}.${text}`).digest('base64')
  const answer = await fetch(`${hub.url}/hooks/platform/auth0/${kind}`, {
    method: 'POST',
    headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` },
    body: text,
  })
  const body = await answer.text()
  return { status: answer.status, body: body === '' ? null : JSON.parse(body) }
}

const rolesOf = ({ tenants }: InlineStage) =>
  [LENA.enterpriseUserId, LENA.databaseUserId].flatMap((id) => tenants.auth0.roles.ofUser(id).map((one) => one.id))
const asRole = { method: 'POST', path: /\/users\/.*\/roles$/, times: 1 }
const settled = (stage: InlineStage) =>
  eventually(async () => {
    const open = (await stage.hub.deliveries()).filter(({ status }) => ['pending', 'uncertain'].includes(status))
    expect(open).toEqual([])
  })

test.each([
  ['that failed at Auth0', { ...asRole, status: 503 }, 503],
  ['whose answer Auth0 cut off after its work', { ...asRole, cut: 'after' as const }, 503],
  ['that Auth0 carried out', null, 204],
])(
  'a role asked for in a message %s is not given by its next copy after a revoke (case 01)',
  async (_how, rule, first) => {
    await using stage = await setInlineStage({ db, settings })
    if (rule) stage.tenants.auth0.misbehave(rule)
    expect((await send(stage, 'provision', 'msg_1')).status).toBe(first)
    const revoked = await send(stage, 'deprovision', 'msg_2')
    expect([204, 503]).toContain(revoked.status)
    const again = await send(stage, 'provision', 'msg_1')
    expect([again.status, again.body.code]).toEqual([422, 'refused'])
    expect(await send(stage, 'provision', 'msg_1')).toEqual(again)
    await settled(stage)
    expect(rolesOf(stage)).toEqual([])
    expect(await db.sql`select 1 from hub.access_grant where ended_at is null`).toHaveLength(0)
  },
)

test('a role that was refused to a suspended person stays refused when the message comes again after they came back (case 02)', async () => {
  await using stage = await setInlineStage({ db, settings })
  stage.silently(LENA.oktaId, 'suspend')
  const refused = await send(stage, 'provision', 'msg_1')
  expect([refused.status, refused.body.code]).toEqual([422, 'refused'])
  stage.silently(LENA.oktaId, 'unsuspend')
  expect(await send(stage, 'provision', 'msg_1')).toEqual(refused)
  expect(rolesOf(stage)).toEqual([])
  expect((await send(stage, 'provision', 'msg_2')).status).toBe(204)
  expect(rolesOf(stage).length).toBeGreaterThan(0)
})

test('a role is given once, however often its message comes (case 09)', async () => {
  await using stage = await setInlineStage({ db, settings })
  const answers = await Promise.all([1, 2, 3].map(() => send(stage, 'provision', 'msg_1')))
  answers.push(await send(stage, 'provision', 'msg_1'))
  expect(answers.map(({ status }) => status)).toEqual(Array(4).fill(204))
  expect(await db.sql`select 1 from hub.access_grant`).toHaveLength(1)
  const given = stage.tenants.auth0.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/roles'))
  expect(new Set(given.map(({ path }) => path)).size).toBe(given.length)
})

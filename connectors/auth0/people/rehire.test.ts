import { describe, expect, it } from 'vitest'
import { database, hubObject, janeId, person, startBench } from '../../../test/connectors/auth0-bench.ts'

const email = 'jane.doe@acme.example'
const oldId = '00u0old00000000000x7'
const settings = { AUTH0_ADOPT_REHIRES: 'true' }
const left = { [oldId]: { status: 'DEPROVISIONED', access: 'deny' as const } }
const shut = {
  ...{ connection: database, id: 'jane', email, blocked: true },
  app_metadata: { okta: hubObject({ id: oldId, blocked_by_hub: true }) },
}

describe('a re-hire whom the hub adopts by itself', () => {
  it.each(['DEPROVISIONED', 'gone'])('gets what an old id shut that is %s by now, and owns it', async (status) => {
    await using bench = await startBench({ tenant: { users: [shut] }, settings })
    const otherIds = { [oldId]: { status, access: 'deny' as const } }
    const { plan, left: undone } = await bench.run(person('allow', { otherIds }))
    expect(plan).toMatchObject({ conflicts: [], changes: [{ summary: expect.stringContaining(oldId) }] })
    expect(undone).toEqual([])
    const user = bench.tenant.users.get('auth0|jane')
    expect(user.blocked).toBe(false)
    expect(user.app_metadata?.okta).toMatchObject({ id: janeId, deactivated: false })
  })

  it('is found by e-mail though an account of their own is linked already', async () => {
    await using bench = await startBench({
      tenant: { users: [shut, { connection: 'acme-okta', id: janeId, email }] },
      settings,
    })
    await bench.run(person('allow', { links: [`okta|acme-okta|${janeId}`], otherIds: left }))
    expect(bench.tenant.users.get('auth0|jane').blocked).toBe(false)
  })

  it('is looked for again when the write did not stick', async () => {
    await using bench = await startBench({ tenant: { users: [shut] }, settings })
    const again = await bench.plan(person('allow', { otherIds: left }), ['auth0|jane'])
    expect(again.changes).toHaveLength(1)
  })
})

describe('what an old id shut stays shut, as a conflict,', () => {
  const allowedOther = { email, authorityId: '00u2other', access: 'allow' as const }
  it.each([
    ['unless the setting asks for adoption', { otherIds: left }, shut, {}],
    ['while the old id is only suspended', { otherIds: { [oldId]: { status: 'SUSPENDED', access: 'deny' as const } } }],
    ['while the old id may log in', { otherIds: { [oldId]: { status: 'ACTIVE', access: 'allow' as const } } }],
    ['when Okta does not say for certain that the old id is gone', {}],
    ['when somebody else who may log in has the e-mail too', { otherIds: left, others: [allowedOther] }],
    [
      'when the e-mail is one that the person had before',
      { otherIds: left, emails: ['new@acme.example'], formerEmails: [email] },
    ],
    [
      'when the old id could still come in through an identity of its own',
      { otherIds: left },
      { ...shut, connection: 'acme-okta', id: oldId },
    ],
  ])('%s', async (_, facts, user = shut, given: Record<string, string> = settings) => {
    await using bench = await startBench({ tenant: { users: [user] }, settings: given })
    const { plan } = await bench.run(person('allow', facts))
    expect(plan.changes).toEqual([])
    expect(plan.conflicts).toMatchObject([{ reason: expect.stringContaining(oldId) }])
    expect(bench.tenant.users.list()[0]?.blocked).toBe(true)
  })
})

import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { connectors } from '../../connectors/index.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { defineConnector, grantable } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { startHub, type TestHub } from '../support/hub.ts'
import { type InlineStage, inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'
import { passTime } from '../support/time.ts'
import { vaultGrants } from '../support/vault.ts'

const db = await testDatabase()
const day = 24 * 60 * 60

/** A club that only invites: whoever is invited is a member when they say yes. */
const invited = new Set<string>()
const members = new Set<string>()
const told: unknown[] = []
const club = defineConnector({
  id: 'club',
  config: z.object({ CLUB_GRANTS: grantable({ target: /^door:\w+$/, error: 'is not door:<name>' }) }),
  grants: ({ config }) => config.CLUB_GRANTS,
  provision: async ({ request: { subject } }) => void invited.add(subject.email),
  deprovision: async ({ request: { subject } }) => {
    invited.delete(subject.email)
    members.delete(subject.email)
  },
  has: async ({ request: { subject, permissions } }) => ({
    sights: permissions.map(({ target }) => ({
      target,
      state: members.has(subject.email) ? 'had' : invited.has(subject.email) ? 'invited' : 'nobody',
    })),
  }),
  on: { 'hub.access.ended': async ({ event }) => void told.push(event.data) },
})

const settings = {
  LUMOS_HOOK_SECRETS: `vault/*:${inlineSecret},club/*:${inlineSecret}`,
  VAULT_GRANTS: vaultGrants,
  CLUB_GRANTS: JSON.stringify({ 'orbit-admin': { 'billing:operate': 'door:billing' } }),
}

const later: TestHub[] = []
afterEach(async () => {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
  invited.clear()
  members.clear()
  told.splice(0)
})

async function returnAfter(stage: InlineStage, seconds: number): Promise<TestHub> {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
  await Promise.resolve(stage.hub[Symbol.asyncDispose]()).catch(() => {})
  await passTime(db.sql, seconds)
  const hub = await startHub({
    ...{ db, tenants: stage.tenants, settings, connectors: [...connectors, stage.vault.connector, club] },
    upkeep: {
      ...{ resync: false, verify: { searchDays: 90 } },
      timing: { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2 },
    },
  })
  later.push(hub)
  return hub
}

const looked = (times: number) =>
  eventually(async () => {
    const [row] = await db.sql`select count(*)::int as made from hub.delivery d join hub.event e on e.id = d.event_id
      where e.type = 'hub.verify.grants' and d.status = 'succeeded'`
    expect(row?.made).toBe(times)
  })

const setClubStage = () => setInlineStage({ db, settings, connectors: [club] })

test('access that somebody put back after its end is alerted once and never taken (case 31)', async () => {
  await using stage = await setClubStage()
  expect((await stage.ask('provision', lumosBody())).status).toBe(204)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await eventually(async () =>
    expect((await db.sql`select 1 from hub.access_grant where ended_at is null`).length).toBe(0),
  )
  stage.vault.held.add(`${LENA.email} door:billing`)
  for (let times = 1; times <= 2; times++) {
    const hub = await returnAfter(stage, day)
    await looked(times)
    expect((await hub.alerts()).filter((type) => type === 'hub.alert.access_back')).toHaveLength(1)
  }
  expect(stage.vault.held.size).toBe(1)
  await returnAfter(stage, 6 * day)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await looked(3)
})

test('access that stayed away after its end is looked at for a week, and not longer', async () => {
  await using stage = await setClubStage()
  expect((await stage.ask('provision', lumosBody())).status).toBe(204)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  await eventually(async () =>
    expect((await db.sql`select 1 from hub.access_grant where ended_at is null`).length).toBe(0),
  )
  const hub = await returnAfter(stage, day)
  await looked(1)
  expect(await hub.alerts()).toEqual([])
  const rows =
    await db.sql`select grants_at > now() + interval '20 hours' as next from hub.verification where connector = 'vault'`
  expect(rows).toMatchObject([{ next: true }])
})

test('an invitation that lapsed ends its grant, the requester is told, and the same request invites anew (case 26)', async () => {
  await using stage = await setClubStage()
  const ask = (hub: Pick<TestHub, 'url'>) =>
    fetch(`${hub.url}/hooks/lumos/club/provision`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: inlineSecret },
      body: JSON.stringify(lumosBody({ length: 40 * day })),
    })
  expect((await ask(stage.hub)).status).toBe(204)
  const first = await returnAfter(stage, day)
  await looked(1)
  expect((await first.journal.access.listGrants({ person: await lena() }))[0]?.endedAt).toBeNull()

  invited.clear()
  const hub = await returnAfter(stage, 7 * day)
  await looked(2)
  await eventually(() => expect(told).toMatchObject([{ reason: expect.stringContaining('never came to be') }]))
  const [grant] = await hub.journal.access.listGrants({ person: await lena() })
  expect(grant).toMatchObject({ endReason: expect.stringContaining('never came to be') })
  expect((await ask(hub)).status).toBe(204)
  expect(invited.size).toBe(1)
})

test('an invitation that was taken up is access, and is not looked at again', async () => {
  await using stage = await setClubStage()
  expect((await stage.ask('provision', lumosBody(), { connector: 'club' })).status).toBe(204)
  members.add(LENA.email)
  await returnAfter(stage, day)
  await looked(1)
  const rows = await db.sql`select invited_at from hub.access_grant`
  expect(rows).toMatchObject([{ invited_at: null }])
  expect((await db.sql`select grants_at from hub.verification where connector = 'club'`)[0]?.grants_at).toBeNull()
})

async function lena(): Promise<string> {
  const [row] = await db.sql`select id from hub.person where authority_id = ${LENA.oktaId}`
  return String(row?.id)
}

// @module-tag process

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, postHook, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const cwd = await mkdtemp(join(tmpdir(), 'bellhop-look-'))
const running = new Set<HubProcess>()
const { omar } = CAST

afterEach(async () => {
  for (const hub of running) await hub.stop('SIGKILL')
  running.clear()
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

async function start(tenants: Tenants): Promise<HubProcess> {
  const settings = { HUB_RESYNC: 'off', HUB_LEASE_SECONDS: '8', HUB_OUTBOUND_SECONDS: '4' }
  const env = { ...makeEnvironment(tenants), ...settings, DATABASE_URL: db.url }
  const hub = await startHubProcess({ cwd, env })
  running.add(hub)
  return hub
}

const isShut = ({ auth0 }: Tenants) => {
  const { blocked, app_metadata } = auth0.users.get(omar.enterpriseUserId)
  const flag = app_metadata.okta as { deactivated?: boolean } | undefined
  return blocked === true && flag?.deactivated === true && auth0.sessions.ofUser(omar.enterpriseUserId).length === 0
}

const isLeased = async (lanes: string) =>
  (await db.sql`select 1 from hub.lane where key like ${lanes} and lease_until > now()`).length > 0
const isOpen = ({ auth0 }: Tenants) => auth0.users.get(omar.enterpriseUserId).blocked !== true

test.each([
  {
    when: 'before it has read',
    rule: { method: 'GET', path: '/api/v2/users/', delayMs: 3500 },
    isThere: async (tenants: Tenants) => (await isLeased('auth0/%')) && isOpen(tenants),
  },
  {
    when: 'before it has written',
    rule: { method: 'PATCH', delayMs: 3500, cut: 'before' as const },
    isThere: async (tenants: Tenants) => (await isLeased('target:%')) && isOpen(tenants),
  },
  {
    when: 'after it has written',
    rule: { method: 'PATCH', lateMs: 3500 },
    isThere: async (tenants: Tenants) => (await isLeased('target:%')) && !isOpen(tenants),
  },
])(
  'a look whose hub is killed between claim and settle, $when, is made by the next hub, and once',
  async ({ rule, isThere }) => {
    await wipe(db.sql)
    await using tenants = await startTenants()
    const { okta, auth0 } = tenants
    const first = await start(tenants)
    okta.users.transition(omar.oktaId, 'deactivate')
    const left = userEvent({ type: 'user.lifecycle.deactivate', userId: omar.oktaId })
    await postHook({ url: first.url, body: oktaHook([left]) })
    await eventually(async () => {
      expect(isShut(tenants)).toBe(true)
      expect(await db.sql`select 1 from hub.delivery where status = 'succeeded'`).toHaveLength(1)
    })
    await first.stop('SIGKILL')

    auth0.users.patch(omar.enterpriseUserId, { blocked: false, app_metadata: { okta: null } })
    auth0.sessions.open({ userId: omar.enterpriseUserId, clientId: 'app' })
    await passTime(db.sql, 2 * 60 * 60)
    // What the lockout itself would search for again a minute later is no part of this.
    await db.sql`update hub.delivery set next_attempt_at = null`
    await db.sql`update hub.lane set next_at = null, deny_next_at = null`
    const calm = auth0.misbehave(rule)
    const second = await start(tenants)
    await eventually(async () => expect(await isThere(tenants)).toBe(true), { withinSeconds: 30 })
    await second.stop('SIGKILL')
    calm()
    expect(await db.sql`select 1 from hub.verification where asked_at is not null`).toHaveLength(1)

    await start(tenants)
    await eventually(() => expect(isShut(tenants)).toBe(true), { withinSeconds: 30 })
    await eventually(
      async () => {
        const rows =
          await db.sql`select asked_at, ids_at > now() as later, seen_at is not null as seen from hub.verification`
        expect(rows).toMatchObject([{ asked_at: null, later: true, seen: true }])
        expect(await db.sql`select 1 from hub.delivery where status = 'pending'`).toHaveLength(0)
      },
      { withinSeconds: 30 },
    )
    expect(await db.sql`select 1 from hub.event where type = 'hub.verify.ids'`).toHaveLength(1)
  },
  180_000,
)
